"""MediaConvert on ffmpeg: a service in moto's layout that really encodes.

Not implemented, and rejected by name: job templates, certificates, policies, job queries, probing, sharing, reserved
queues, queue hopping, acceleration, and every job setting that `rendering` does not render.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

import moto.backend_index

from localcloud.context import CloudContext
from localcloud.hooks.patching import note
from localcloud.mediaconvert import cloudformation, models, urls
from localcloud.mediaconvert.dispatcher import Dispatcher
from localcloud.mediaconvert.responses import MediaConvertResponse


def install(context: CloudContext) -> None:
    """Register the service with moto, its CloudFormation type and its console routes, and start its workers."""
    if "moto.mediaconvert" not in sys.modules:
        sys.modules["moto.mediaconvert"] = models  # where moto looks for a service's backends
        note("moto.mediaconvert")
        moto.backend_index.backend_url_patterns.append(("mediaconvert", re.compile(urls.url_bases[0])))
        note("moto.backend_index.backend_url_patterns")
        cloudformation.install()
    dispatcher = MediaConvertResponse.dispatcher = Dispatcher(context)
    _add_routes(context, dispatcher)
    dispatcher.start()


def _add_routes(context: CloudContext, dispatcher: Dispatcher) -> None:
    def jobs(query: Mapping[str, Any]) -> list[dict[str, Any]]:
        wanted = query.get("id")
        backends = [backend for regions in models.mediaconvert_backends.values() for backend in regions.values()]
        found = [job for backend in backends for job in backend.jobs.values() if wanted in (None, job.job_id)]
        if wanted is not None and not found:
            raise LookupError(f"no job {wanted}")
        return [job.to_console() for job in sorted(found, key=lambda job: job.submitted)]

    def set_faults(body: Mapping[str, Any]) -> dict[str, Any]:
        dispatcher.faults.configure(body)
        dispatcher.wake()
        return {}

    context.console.add("GET", "/mediaconvert/jobs", jobs)
    context.console.add("POST", "/mediaconvert/faults", set_faults)
