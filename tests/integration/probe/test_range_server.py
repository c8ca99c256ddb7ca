"""The loopback server for ranges."""

from __future__ import annotations

import pytest
import requests

from tests.integration.conftest import MemoryRanges
from vcp.adapters.probe.range_server import serving


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"Range": "bytes=2-4"}, 206),
        ("GET", {"Range": "bytes=8-"}, 206),
        ("HEAD", {"Range": "bytes=0-"}, 206),
        ("GET", {"Range": "bytes=10-"}, 416),
        ("GET", {}, 400),
        ("GET", {"Range": "bytes=0-1,3-4"}, 400),
        ("GET", {"Range": "bytes=-3"}, 400),
        ("POST", {"Range": "bytes=0-"}, 501),
    ],
)
def test_answers_ranges_only(method: str, headers: dict[str, str], status: int) -> None:
    with serving(MemoryRanges(b"0123456789"), 100) as server:
        answer = requests.request(method, server.url, headers=headers, timeout=10)
        elsewhere = requests.request(method, server.url + "x", headers=headers, timeout=10)

    assert answer.status_code == status
    assert elsewhere.status_code == (501 if method == "POST" else 404)
    if status == 206 and method == "GET":
        assert answer.content == (b"234" if "2-4" in headers["Range"] else b"89")
        assert answer.headers["Content-Range"].endswith("/10")
