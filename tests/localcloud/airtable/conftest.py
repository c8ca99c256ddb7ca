"""A base for one test, used through the real pyairtable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from pyairtable import Api, Table

from localcloud.airtable.client import AirtableClient
from localcloud.process import RunningCloud

FIELDS: list[dict[str, Any]] = [
    {"name": "Video ID", "type": "singleLineText"},
    {"name": "Notes", "type": "multilineText"},
    {"name": "Size (MB)", "type": "number", "options": {"precision": 2}},
    {"name": "Link", "type": "url"},
    {"name": "Status", "type": "singleSelect", "options": {"choices": [{"name": "Processing"}, {"name": "Completed"}]}},
    {
        "name": "Started",
        "type": "dateTime",
        "options": {"timeZone": "utc", "dateFormat": {"name": "iso"}, "timeFormat": {"name": "24hour"}},
    },
    {"name": "Duration", "type": "duration", "options": {"durationFormat": "h:mm:ss"}},
]


@dataclass
class AirtableBase:
    """A base with the table Videos, and a token for it with every scope."""

    url: str
    console: AirtableClient
    base: str
    token: str

    def api(self, token: str | None = None) -> Api:
        """Return a pyairtable client without retries, so that each response is seen."""
        return Api(token or self.token, endpoint_url=self.url, retry_strategy=None, timeout=(5, 10))

    @property
    def videos(self) -> Table:
        return self.api().table(self.base, "Videos")

    def upsert(self, *rows: dict[str, Any], key: str = "Video ID", typecast: bool = False) -> Any:
        return self.videos.batch_upsert([{"fields": row} for row in rows], key_fields=[key], typecast=typecast)

    def rows(self) -> list[dict[str, Any]]:
        return [record["fields"] for record in self.console.records(self.base, "Videos")]

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.request(method, f"{self.url}/v0/{path}", headers=headers, timeout=10, **options)


@pytest.fixture
def airtable(cloud: RunningCloud) -> Iterator[AirtableBase]:
    """Without the limit of each base; a test of limits sets one."""
    console = cloud.console_client.airtable
    console.set_limits(perBase=10_000)
    base = console.base("Studio")
    airtable = AirtableBase(cloud.airtable, console, base, console.token([base]))
    airtable.api().base(base).create_table("Videos", FIELDS)
    console.clear_requests()
    yield airtable
    console.clear_faults()
    console.set_limits()


@pytest.fixture
def rejected() -> Any:
    """Make a call that Airtable rejects; return the status, type and message of the error."""

    def run(call: Any) -> tuple[int, str, str]:
        with pytest.raises(requests.HTTPError) as caught:
            call()
        assert caught.value.response is not None
        error = caught.value.response.json()["error"]
        return caught.value.response.status_code, error["type"], error["message"]

    return run
