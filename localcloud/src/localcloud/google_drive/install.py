"""Install the local Google Drive: OAuth for service accounts and what clients read of Drive v3.

With google-api-python-client:

    credentials = service_account.Credentials.from_service_account_info(key, scopes=[...])
    build("drive", "v3", credentials=credentials, static_discovery=True,
          client_options={"api_endpoint": google_url + "/drive/v3/"})

State is in memory; contents are on disk, below the state directory.
"""

from __future__ import annotations

import time

from localcloud.context import CloudContext
from localcloud.google_drive.app import DriveApp
from localcloud.google_drive.call import Drive
from localcloud.google_drive.console import DriveConsole
from localcloud.google_drive.identity import Identity
from localcloud.google_drive.quota import Quota
from localcloud.google_drive.store import DriveStore
from localcloud.stand_in import Faults, RequestLog


def install(context: CloudContext) -> DriveApp:
    """Add the console routes and return the API as a WSGI application."""
    store = DriveStore(context.state_dir / "google_drive")
    drive = Drive(store, Identity(time.time), Quota(time.monotonic), Faults(), RequestLog())
    DriveConsole(drive, context.urls).add_routes(context.console)
    return DriveApp(drive)
