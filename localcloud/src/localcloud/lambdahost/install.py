"""Lambda on one machine: functions from images run as processes that talk the real runtime API.

`limits` has every number. Not implemented, and rejected by name: zip packages, layers, function URLs, JSON log format,
log tails, client contexts, provisioned concurrency, SnapStart, response streaming, events of S3 and SNS, destinations
other than SQS queues.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.context import CloudContext, image_of
from localcloud.lambdahost import models, responses
from localcloud.lambdahost.asynchronous import AsyncInvoker
from localcloud.lambdahost.host import LambdaHost
from localcloud.lambdahost.mappings import manager


def install(context: CloudContext) -> None:
    """Make the AWS endpoint run functions, and set `context.invoke_async`. Once per process."""
    host = LambdaHost(context)
    asynchronous = AsyncInvoker(host)
    models.install(host)
    responses.install(host, asynchronous)
    manager.install(host)
    context.invoke_async = asynchronous.submit_to
    context.at_stop(asynchronous.stop)
    context.at_stop(host.pool.end_all)
    _add_routes(context, host)
    host.start()


def _add_routes(context: CloudContext, host: LambdaHost) -> None:
    def register(body: Mapping[str, Any]) -> dict[str, str]:
        if not body.get("uri"):
            raise ValueError("an image needs uri")
        host.register_image(body["uri"], image_of(body))
        return {"uri": body["uri"]}

    context.console.add("POST", "/lambda/images", register)
    context.console.add("GET", "/lambda/invocations", lambda query: host.journal.list(query.get("function")))
    context.console.add("GET", "/lambda/environments", lambda _: host.environments())
