"""A Drive of one test's own making: a studio's folder, shared with a service account, and the real client library."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import google.oauth2.credentials
import pytest
from google.oauth2 import service_account
from googleapiclient import discovery_cache
from googleapiclient.discovery import build, build_from_document
from googleapiclient.errors import HttpError

from localcloud.google_drive.client import DriveClient
from localcloud.process import RunningCloud

READ = "https://www.googleapis.com/auth/drive.readonly"
METADATA = "https://www.googleapis.com/auth/drive.metadata.readonly"
FULL = "https://www.googleapis.com/auth/drive"


@dataclass
class Studio:
    """The people of a test and the folder that they share with the pipeline's service account."""

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
        """Drive v3 as the pipeline reads it: the service account, api_endpoint moved here."""
        return build(
            "drive",
            "v3",
            credentials=credentials or self.credentials(),
            static_discovery=True,
            client_options={"api_endpoint": self.google + "/drive/v3/"},
        )

    def token(self, email: str | None = None) -> str:
        """An access token of a person (default: the owner of the folder)."""
        return str(self.console.person(email or self.owner)["access_token"])

    def person(self, email: str | None = None) -> Any:
        """Drive v3 for a person, uploads included: the whole document is moved here."""
        text = discovery_cache.get_static_doc("drive", "v3")
        assert text is not None
        document = {**json.loads(text), "rootUrl": self.google + "/"}
        credentials = google.oauth2.credentials.Credentials(self.token(email))  # type: ignore[no-untyped-call]
        return build_from_document(document, credentials=credentials)

    def drop(self, path: Path, **options: Any) -> dict[str, Any]:
        return self.console.drop(path, **{"parent": self.folder, **options})


@pytest.fixture(scope="session")
def robot_key(cloud: RunningCloud) -> dict[str, Any]:
    """One service account for all tests: an RSA key takes its time."""
    return cloud.console_client.drive.service_account()


@pytest.fixture
def studio(cloud: RunningCloud, robot_key: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[Studio]:
    console, key = cloud.console_client.drive, robot_key
    owner = f"{request.node.name.split('[')[0]}@studio.example"
    folder = console.folder("Incoming", owner=owner, shared_with=[key["client_email"]])["id"]
    yield Studio(cloud.google, console, key, owner, folder)
    console.clear_faults()
    console.set_quota()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A file that is no video, but whose every byte tells where it is."""
    path = tmp_path / "holiday.mp4"
    path.write_bytes(b"".join(number.to_bytes(4, "big") for number in range(300_000)))
    return path


@dataclass(frozen=True)
class Refusal:
    """What Google's client library made of an error answer."""

    status: int
    reason: str
    message: str
    body: dict[str, Any]


@pytest.fixture
def refusal() -> Any:
    """Run a request that must fail; its error as Google words it."""

    def run(request: Any) -> Refusal:
        with pytest.raises(HttpError) as refused:
            request.execute()
        error = json.loads(refused.value.content)["error"]
        assert error["code"] == refused.value.resp.status
        return Refusal(error["code"], error["errors"][0]["reason"], error["errors"][0]["message"], error)

    return run
