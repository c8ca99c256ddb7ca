"""A service account of the local Google Drive, files shared with it, and the adapter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from localcloud.client import Console
from localcloud.process import RunningCloud
from tests.fakes.clock import ManualClock
from tests.integration.google.files import CONTENT
from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.retry import Backoff


@pytest.fixture
def console(cloud: RunningCloud) -> Iterator[Console]:
    console = cloud.console_client
    yield console
    console.drive.clear_faults()


@pytest.fixture
def key(console: Console) -> dict[str, Any]:
    return console.drive.service_account(f"vcp-{uuid4().hex[:12]}@project.iam.gserviceaccount.com")


@pytest.fixture
def drive(cloud: RunningCloud, key: dict[str, Any], clock: ManualClock, quick: Backoff) -> GoogleDrive:
    return GoogleDrive(lambda *, fresh=False: json.dumps(key), cloud.google, clock, quick)


@pytest.fixture
def drop(console: Console, key: dict[str, Any], tmp_path: Path) -> Callable[..., str]:
    """Return a function that creates a file in a user's Drive, by default shared with us, and returns its id."""

    def dropped(name: str = "Rohschnitt Übung.mov", *, data: bytes = CONTENT, shared: bool = True, **facts: Any) -> str:
        path = tmp_path / uuid4().hex
        path.write_bytes(data)
        people = [key["client_email"]] if shared else []
        owner = facts.pop("owner", "anna@example.org")
        file = console.drive.drop(path, name=name, owner=owner, shared_with=people, facts=facts)
        return str(file["id"])

    return dropped
