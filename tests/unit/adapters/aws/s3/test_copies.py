"""The Content-Disposition header."""

from __future__ import annotations

from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from vcp.adapters.aws.s3.copies import content_disposition


@given(st.text(max_size=60).filter(lambda text: not any(0xD800 <= ord(char) < 0xE000 for char in text)))
def test_content_disposition_is_valid_and_keeps_the_name(name: str) -> None:
    header = content_disposition(name)

    assert header.isascii()
    assert header.isprintable()
    plain, extended = header.removeprefix("attachment; filename=").split("; filename*=UTF-8''")
    assert plain[0] == plain[-1] == '"'
    assert '"' not in plain[1:-1]
    assert plain[1:-1].strip()
    assert unquote(extended) == name
