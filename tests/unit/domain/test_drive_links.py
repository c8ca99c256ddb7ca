"""What people paste, and what they get."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp.domain.drive_links import parse_file_reference
from vcp.domain.errors import InvalidRequestError

ID = "1aBcDeFgHiJkLmNoPqRsTuVwXyZ_-0123"


@pytest.mark.parametrize(
    "link",
    [
        ID,
        f"  {ID}\n",
        f"https://drive.google.com/file/d/{ID}/view?usp=sharing",
        f"https://drive.google.com/file/d/{ID}",
        f"http://drive.google.com/file/d/{ID}/edit#gid=0",
        f"drive.google.com/file/d/{ID}/view",
        f"https://drive.google.com/a/example.com/file/d/{ID}/view",
        f"https://drive.google.com/file/u/1/d/{ID}/view",
        f"https://drive.google.com/open?id={ID}",
        f"https://drive.google.com/uc?export=download&id={ID}",
        f"https://drive.google.com/u/0/uc?id={ID}&export=download",
        f"https://drive.usercontent.google.com/download?id={ID}&export=download",
        f"https://docs.google.com/file/d/{ID}/edit",
        f"https://docs.google.com/document/d/{ID}/edit",
        f"https://drive.google.com/drive/folders/{ID}",
        f"https://drive.google.com/drive/u/0/folders/{ID}?resourcekey=0-x",
        f"https://DRIVE.google.com:443/file/d/{ID}/view",
    ],
)
def test_every_common_form_names_the_file(link: str) -> None:
    assert parse_file_reference(link).file_id == ID


def test_the_key_of_older_shared_files_is_kept() -> None:
    found = parse_file_reference(f"https://drive.google.com/file/d/{ID}/view?usp=sharing&resourcekey=0-Ab_c-9")
    assert found.resource_key == "0-Ab_c-9"


@pytest.mark.parametrize(
    "link",
    [
        "",
        "hello",
        "short",
        f"https://example.com/file/d/{ID}/view",
        f"https://drive.google.com.evil.example/file/d/{ID}/view",
        f"https://evil-drive.google.com/file/d/{ID}/view",
        f"https://drive.google.com@evil.example/file/d/{ID}/view",
        f"https://user:secret@drive.google.com/file/d/{ID}/view",
        f"https://xn--drve-tza.google.com/file/d/{ID}/view",
        f"https://drıve.google.com/file/d/{ID}/view",
        f"https://drive.google.com\\@evil.example/file/d/{ID}/view",
        f"https://drive.google.com:8443/file/d/{ID}/view",
        f"https://drive.google.com:port/file/d/{ID}/view",
        f"ftp://drive.google.com/file/d/{ID}/view",
        f"javascript://drive.google.com/file/d/{ID}/view",
        f"file:///file/d/{ID}/view",
        "https://drive.google.com/drive/my-drive",
        "https://drive.google.com/file/d//view",
        f"https://drive.google.com/open?id={ID}&id=another-file-id-12345",
        f"https://drive.google.com/search?id={ID}",
        f"https://drive.google.com/file/d/{ID}/view?resourcekey=a%0d%0aX-Evil",
        f"https://drive.google.com/file/d/{ID}/vi ew",
        f"https://drive.google.com/file/d/{ID}/view\nhttps://evil.example",
        f"https://[::1/file/d/{ID}/view",
        f"https://drive.google.com/file/d/{ID}/view?{'x' * 3000}",
    ],
)
def test_anything_else_is_refused_by_name(link: str) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        parse_file_reference(link)
    assert refusal.value.code == "not_a_drive_link"


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(InvalidRequestError):
        assert parse_file_reference(text).file_id in text
