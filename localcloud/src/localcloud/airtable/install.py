"""Install the local Airtable.

With pyairtable: `Api(token, endpoint_url=airtable_url)`. State is in memory.
"""

from __future__ import annotations

import time

from localcloud.airtable.app import AirtableApp
from localcloud.airtable.console import AirtableConsole
from localcloud.airtable.faults import AirtableFault
from localcloud.airtable.limits import RateLimiter
from localcloud.airtable.model import Workspace
from localcloud.context import CloudContext
from localcloud.stand_in import Faults, RequestLog


def install(context: CloudContext) -> AirtableApp:
    """Add the console routes and return the API as a WSGI application."""
    workspace, limiter, log = Workspace(), RateLimiter(time.monotonic), RequestLog()
    faults: Faults[AirtableFault] = Faults()
    AirtableConsole(workspace, limiter).add_routes(context.console, log, faults)
    return AirtableApp(workspace, limiter, faults, log)
