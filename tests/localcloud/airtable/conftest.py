"""A base of one test's own, and the real pyairtable on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from pyairtable import Api, Table

from localcloud.airtable.client import AirtableClient
from localcloud.process import RunningCloud

UNLIMITED = {"perBase": 10_000, "perOwner": 10_000}

VIDEOS = {
    "name": "Videos",
    "fields": [
        {"name": "Video ID", "type": "singleLineText"},
        {"name": "Notes", "type": "multilineText"},
        {"name": "Size (MB)", "type": "number", "options": {"precision": 2}},
        {"name": "Link", "type": "url"},
        {"name": "Uploader", "type": "email"},
        {
            "name": "Status",
            "type": "singleSelect",
            "options": {"choices": [{"name": "Processing"}, {"name": "Completed"}]},
        },
        {
            "name": "Started",
            "type": "dateTime",
            "options": {"timeZone": "utc", "dateFormat": {"name": "iso"}, "timeFormat": {"name": "24hour"}},
        },
        {"name": "Uploaded", "type": "date", "options": {"dateFormat": {"name": "iso"}}},
        {"name": "Duration", "type": "duration", "options": {"durationFormat": "h:mm:ss"}},
        {"name": "Kept", "type": "checkbox", "options": {"icon": "check", "color": "greenBright"}},
        {"name": "Frames", "type": "multipleAttachments"},
    ],
}  # fmt: skip


@dataclass
class Desk:
    """A base with the table Videos and a token that may do everything in it."""

    url: str
    console: AirtableClient
    base: str
    token: str

    def api(self, token: str | None = None) -> Api:
        """pyairtable without retries, so that each answer is seen."""
        return Api(token or self.token, endpoint_url=self.url, retry_strategy=None, timeout=(5, 10))

    @property
    def videos(self) -> Table:
        return self.api().table(self.base, "Videos")

    def rows(self) -> list[dict[str, Any]]:
        return [record["fields"] for record in self.console.records(self.base, "Videos")]


@pytest.fixture
def desk(cloud: RunningCloud) -> Iterator[Desk]:
    """Without rate limits: a test that is about them sets them."""
    console = cloud.console_client.airtable
    console.set_limits(**UNLIMITED)
    base = console.base("Studio", [VIDEOS])
    yield Desk(cloud.airtable, console, base, console.token([base]))
    console.clear_faults()
    console.set_limits()


@pytest.fixture
def refusal() -> Any:
    """Call what must be refused; the status and Airtable's (type, message)."""

    def run(call: Any) -> tuple[int, str, str]:
        with pytest.raises(requests.HTTPError) as refused:
            call()
        assert refused.value.response is not None
        error = refused.value.response.json()["error"]
        status = refused.value.response.status_code
        return (status, error, "") if isinstance(error, str) else (status, error["type"], error["message"])

    return run
