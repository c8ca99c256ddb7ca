"""Google Drive on this machine: OAuth for service accounts and Drive v3, for the real client libraries.

`GET /drive/v3/...`, `/upload/drive/v3/...` and `/token` answer as Google does, errors included; paths, parameters,
scopes and fields come from Google's own discovery document. What is not there answers 501 with its name. State is
in memory, contents are on disk below the state directory. With google-api-python-client:

    credentials = service_account.Credentials.from_service_account_info(key, scopes=[...])
    build("drive", "v3", credentials=credentials, static_discovery=True,
          client_options={"api_endpoint": google_url + "/drive/v3/"})

`api_endpoint` moves all but uploads, which that library sends to the host by https; for those build from the
document with its `rootUrl` set to `google_url + "/"`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from localcloud.context import CloudContext

if TYPE_CHECKING:
    from localcloud.google_drive.app import DriveApp

__all__ = ["install"]


def install(context: CloudContext) -> DriveApp:
    """The WSGI application of the stand-in; its console routes are added to the context."""
    # Here, so that the console's client, in other processes, does not load the server.
    from localcloud.google_drive.app import DriveApp
    from localcloud.google_drive.call import Drive
    from localcloud.google_drive.console import DriveConsole
    from localcloud.google_drive.faults import Faults
    from localcloud.google_drive.identity import Identity
    from localcloud.google_drive.journal import Journal
    from localcloud.google_drive.quota import Quota
    from localcloud.google_drive.store import DriveStore
    from localcloud.google_drive.uploads import Uploads

    store = DriveStore(context.state_dir / "google_drive")
    drive = Drive(
        store=store,
        identity=Identity(time.time),
        quota=Quota(time.monotonic),
        faults=Faults(),
        journal=Journal(),
        uploads=Uploads(store.content),
        stopping=context.stopping,
    )
    DriveConsole(drive, context).add_routes()
    return DriveApp(drive)
