"""MediaConvert on ffmpeg: an added service in moto's own layout that really encodes.

Not implemented and refused by name: job templates, certificates, policies, job queries, probing, sharing, reserved
queues, queue hopping, acceleration, and every job setting that `rendering` does not render.
"""

from __future__ import annotations

from localcloud.context import CloudContext


def install(context: CloudContext) -> None:
    """Register the service with moto, its CloudFormation type and its console routes, and start its workers."""
    from localcloud.mediaconvert.console import add_routes
    from localcloud.mediaconvert.dispatcher import Dispatcher
    from localcloud.mediaconvert.registration import register
    from localcloud.mediaconvert.runtime import Runtime, make_current

    register()
    dispatcher = Dispatcher(context)
    runtime = Runtime(context, dispatcher)
    make_current(runtime)
    add_routes(runtime)
    dispatcher.start(runtime)
