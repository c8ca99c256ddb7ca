"""A Drive for one test: a studio's folder, shared with a service account, and the real client library."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import google.oauth2.credentials
import pytest
import requests
from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from localcloud.google_drive.client import DriveClient
from localcloud.process import RunningCloud

READ = "https://www.googleapis.com/auth/drive.readonly"


@dataclass
class Studio:
    """The people of a test and the folder that they share with a service account."""

    google: str
    console: DriveClient
    key: dict[str, Any]
    owner: str
    folder: str

    @property
    def robot(self) -> str:
        return str(self.key["client_email"])

    def credentials(self, scopes: Sequence[str] = (READ,)) -> Any:
        return service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            self.key, scopes=list(scopes)
        )

    def service(self, credentials: Any = None) -> Any:
        """Return Drive v3 for the service account, with api_endpoint moved here."""
        return build(
            "drive",
            "v3",
            credentials=credentials or self.credentials(),
            static_discovery=True,
            client_options={"api_endpoint": self.google + "/drive/v3/"},
        )

    def token(self) -> str:
        """Return an access token of the owner of the folder."""
        return str(self.console.person(self.owner)["access_token"])

    def person(self) -> Any:
        """Return Drive v3 for the owner of the folder."""
        return self.service(google.oauth2.credentials.Credentials(self.token()))  # type: ignore[no-untyped-call]

    def get(self, file_id: str, query: str = "", **headers: str) -> requests.Response:
        """Get a file as its owner, without a client library."""
        return requests.get(
            f"{self.google}/drive/v3/files/{file_id}?{query}",
            headers={"Authorization": f"Bearer {self.token()}", **headers},
            timeout=10,
        )

    def drop(self, path: Path, **options: Any) -> dict[str, Any]:
        return self.console.drop(path, **{"parent": self.folder, **options})


@pytest.fixture(scope="session")
def robot_key(cloud: RunningCloud) -> dict[str, Any]:
    """Create one service account for all tests: an RSA key is slow to make."""
    return cloud.console_client.drive.service_account()


@pytest.fixture
def studio(cloud: RunningCloud, robot_key: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[Studio]:
    console, key = cloud.console_client.drive, robot_key
    owner = f"{request.node.name.split('[')[0]}@studio.example"
    folder = console.folder("Incoming", owner=owner, shared_with=[key["client_email"]])["id"]
    yield Studio(cloud.google, console, key, owner, folder)
    console.clear_faults()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Return a file whose bytes differ by position; it is not a video."""
    path = tmp_path / "holiday.mp4"
    path.write_bytes(b"".join(number.to_bytes(4, "big") for number in range(300_000)))
    return path


@dataclass(frozen=True)
class Rejected:
    """Google's client library's view of an error response."""

    status: int
    reason: str
    message: str
    body: dict[str, Any]


@pytest.fixture
def rejected() -> Any:
    """Execute a request that Drive rejects; return the error."""

    def run(request: Any) -> Rejected:
        with pytest.raises(HttpError) as caught:
            request.execute()
        error = json.loads(caught.value.content)["error"]
        assert error["code"] == caught.value.resp.status
        return Rejected(error["code"], error["errors"][0]["reason"], error["errors"][0]["message"], error)

    return run
