"""Airtable on this machine, for the real client libraries: records, upserts, schema, tokens and rate limits.

With pyairtable: `Api(token, endpoint_url=airtable_url)`. What is not there answers 501, or for formulas 422, with
its name. State is in memory.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from localcloud.context import CloudContext

if TYPE_CHECKING:
    from localcloud.airtable.app import AirtableApp

__all__ = ["install"]


def install(context: CloudContext) -> AirtableApp:
    """The WSGI application of the stand-in; its console routes are added to the context."""
    # Here, so that the console's client, in other processes, does not load the server.
    from localcloud.airtable.app import Airtable, AirtableApp
    from localcloud.airtable.console import AirtableConsole
    from localcloud.airtable.faults import Faults
    from localcloud.airtable.journal import Journal
    from localcloud.airtable.limits import RateLimiter
    from localcloud.airtable.listing import Iterators
    from localcloud.airtable.model import Workspace

    airtable = Airtable(
        workspace=Workspace(),
        limiter=RateLimiter(time.monotonic),
        faults=Faults(),
        journal=Journal(),
        iterators=Iterators(),
        stopping=context.stopping,
    )
    AirtableConsole(airtable).add_routes(context)
    return AirtableApp(airtable)
