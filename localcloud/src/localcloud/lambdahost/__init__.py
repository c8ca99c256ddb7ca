"""Lambda on one machine: functions from images run as processes that talk the real runtime API.

What is here and what is Lambda's: see `docs` of each module; limits.py has every number. Not here: zip packages,
layers, function URLs, provisioned concurrency, SnapStart, response streaming, recursive-loop detection (its
setting is stored).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.context import CloudContext, image_of
from localcloud.lambdahost.limits import LocalLimits
from localcloud.lambdahost.policy import function_policy_allows

__all__ = ["LocalLimits", "function_policy_allows", "install"]


def install(context: CloudContext, limits: LocalLimits | None = None) -> None:
    """Make the AWS endpoint run functions, and set `context.invoke_async`. Once a process."""
    from localcloud.lambdahost import invoking, storing
    from localcloud.lambdahost.asynchronous import AsyncInvoker
    from localcloud.lambdahost.host import LambdaHost
    from localcloud.lambdahost.mappings.manager import MappingManager

    host = LambdaHost(context, limits or LocalLimits())
    asynchronous = AsyncInvoker(host, context.activity, context.stopping)
    mappings = MappingManager(host, asynchronous, context.activity, context.stopping)
    storing.install(host)
    invoking.install(host, asynchronous, context.activity)
    mappings.install()
    context.invoke_async = asynchronous.submit_to
    context.at_stop(host.pool.end_all)
    _add_routes(context, host)
    host.start()
    asynchronous.start()


def _add_routes(context: CloudContext, host: Any) -> None:
    def register(body: Mapping[str, Any]) -> dict[str, str]:
        if not body.get("uri"):
            raise ValueError("an image needs uri")
        host.register_image(body["uri"], image_of(body))
        return {"uri": body["uri"]}

    context.console.add("POST", "/lambda/images", register)
    context.console.add("GET", "/lambda/invocations", host.invocations)
    context.console.add("GET", "/lambda/environments", lambda _: host.environments())
