"""Parsing of Drive links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp.domain.errors import InvalidRequestError
from vcp.domain.intake.drive_links import parse_file_reference

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
        f"HTTPS://Drive.Google.Com/file/d/{ID}/view",
        f"Drive.Google.Com/open?id={ID}",
        f"drive.google.com:443/open?id={ID}",
        f"//drive.google.com/open?id={ID}",
        f"https://drive.google.com/file/d/{ID}/preview",
        f"https://drive.google.com/file/d/{ID}/edit?usp=drive_link",
        f"https://drive.google.com/file/d/{ID}/view?usp=drivesdk",
        f"https://drive.google.com/open?id={ID}&usp=drive_fs",
        f"https://drive.google.com/open?id={ID}&authuser=anna%40example.com",
        f"https://drive.google.com/open?id={ID}&id={ID}",
        f"https://drive.google.com/uc?export=download&amp;id={ID}",
        f"https://drive.google.com/u/0/open?id={ID}",
        f"https://drive.google.com/a/example.com/open?id={ID}",
        f"https://drive.google.com/drive/mobile/folders/{ID}",
        f"https://drive.google.com/thumbnail?id={ID}&sz=w300",
        f"https://drive.usercontent.google.com/download?id={ID}&export=download&authuser=0&confirm=t",
        f"https://drive.usercontent.google.com/u/0/uc?id={ID}&export=download",
        f"https://docs.google.com/uc?export=download&id={ID}",
        f"https://docs.google.com/a/example.com/file/d/{ID}/edit",
        f"https://docs.google.com/viewer?srcid={ID}&pid=explorer",
        f"https://www.google.com/url?q=https%3A%2F%2Fdrive.google.com%2Ffile%2Fd%2F{ID}%2Fview&sa=D&source=editors",
        f"https://www.google.com/url?q=https://drive.google.com/open?id%3D{ID}&sa=D",
        f"https://www.google.com/url?sa=t&url=https%3A%2F%2Fdrive.google.com%2Fopen%3Fid%3D{ID}",
        f"https://accounts.google.com/ServiceLogin?continue=https%3A%2F%2Fdrive.google.com%2Ffile%2Fd%2F{ID}%2Fview",
        f"https://drive.google.com/open/?id={ID}",
        f"https://drive.google.com/drive/u/0/open?id={ID}",
        f"http://drive.google.com:80/file/d/{ID}/view",
        f"drive.google.com/open?id={ID}&next=//evil.example/",
        # Up to 2048 characters of a link, 8192 of text.
        f"https://drive.google.com/open?id={ID}&x=".ljust(2048, "y"),
        f"https://drive.google.com/open?id={ID} ".ljust(8192, "y"),
    ],
)
def test_accepts_every_common_form(link: str) -> None:
    assert parse_file_reference(link).file_id == ID


@pytest.mark.parametrize(
    "text",
    [
        "{link}.",
        "{link}, please",
        "{link}\n",
        "\t{link}\r\n",
        "<{link}>",
        '"{link}"',
        "'{link}'",
        "“{link}”",
        "«{link}»",
        "({link})",
        "[Interview.mov]({link})",
        "<{link}|Interview.mov>",
        '<a href="{link}">Interview</a>',
        "Interview.mov {link}",
        "Hi, here it is:\n{link}\nThanks, Anna",
        "{link} {link}",
        "\u200b{link}\u200f",
        "\ufeff{link}\u00a0",
        "{link} Rohschnitt Übung.mov",
    ],
)
def test_ignores_text_around_a_link(text: str) -> None:
    for link in (f"https://drive.google.com/file/d/{ID}/view?usp=sharing", f"drive.google.com/open?id={ID}"):
        assert parse_file_reference(text.format(link=link)).file_id == ID


@pytest.mark.parametrize("text", [f'"{ID}"', f"<{ID}>", f"{ID}.", f"\u200b{ID}"])
def test_a_bare_id_may_be_quoted(text: str) -> None:
    assert parse_file_reference(text).file_id == ID


def test_keeps_a_resource_key() -> None:
    found = parse_file_reference(f"https://drive.google.com/file/d/{ID}/view?usp=sharing&resourcekey=0-Ab_c-9")
    assert found.resource_key == "0-Ab_c-9"
    link = f"https://drive.google.com/file/d/{ID}/view"
    assert parse_file_reference(f"{link} {link}?resourcekey=0-abc").resource_key == "0-abc"


@pytest.mark.parametrize("key", ["a%0d%0aX-Evil", "a&resourcekey=b", "", "%20"])
def test_ignores_an_invalid_resource_key(key: str) -> None:
    """The file may be shared with the pipeline directly; and the key is sent in a header."""
    found = parse_file_reference(f"https://drive.google.com/file/d/{ID}/view?resourcekey={key}")
    assert (found.file_id, found.resource_key) == (ID, None)


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
        f"https://drive.google.com/file/d/{ID}/view https://drive.google.com/file/d/{ID[::-1]}/view",
        f"look at {ID}",
        f"https://evil.example/?u=https://drive.google.com/file/d/{ID}/view",
        f'https://evil.example/?u="https://drive.google.com/file/d/{ID}/view"',
        f"https://evil.example/url?q=https://drive.google.com/file/d/{ID}/view",
        f"https://www.google.com/url?q=https://evil.example/file/d/{ID}/view",
        f"https://www.google.com/url?q=https://www.google.com/url?q=https://drive.google.com/file/d/{ID}/view",
        f"https://www.google.com/url?q=https://a@drive.google.com/file/d/{ID}/view",
        f"https://www.google.com/search?q=https://drive.google.com/file/d/{ID}/view",
        f"https://drive.google.com.:443@evil.example/file/d/{ID}/view",
        f"//evil.example/drive.google.com/file/d/{ID}/view",
        f"javascript:drive.google.com/file/d/{ID}/view",
        f"http://127.0.0.1/file/d/{ID}/view",
        f"https://www.googleapis.com/drive/v3/files/{ID}?alt=media",
        "\u200b",
        "// //",
        "x" * 9000,
        f"https://drive.google.com/file/d/{ID}/view\nhttps://evil.example",
        f"https://[::1/file/d/{ID}/view",
        f"https://drive.google.com/file/d/{ID}/view?{'x' * 3000}",
        f"https://drive.google.com/openX?id={ID}",
        f"https://drive.google.com/?id={ID}",
        f"https://drive.google.com/open?id={ID}&id={ID[::-1]}",
        f"https://me@drive.google.com/file/d/{ID}/view",
        f"https://:secret@drive.google.com/file/d/{ID}/view",
        "https://www.google.com/url?sa=t",
        "https://drive.google.com/file/d/short/view",
        f"https://drive.google.com/open?id={ID}&x=".ljust(2049, "y"),
        f"https://drive.google.com/open?id={ID} ".ljust(8193, "y"),
    ],
)
def test_rejects_anything_else(link: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_file_reference(link)
    assert caught.value.code == "not_a_drive_link"


@given(st.text(st.characters(codec=None)))
def test_any_text_is_parsed_or_rejected(text: str) -> None:
    try:
        result = parse_file_reference(text).file_id
    except InvalidRequestError as error:
        result = str(error)
    result.encode()


_HOST = st.from_regex(r"[a-z0-9.-]{1,20}", fullmatch=True)


@given(_HOST, _HOST, st.sampled_from(["https", "http", "ftp", "file", "data"]))
def test_rejects_other_hosts(host: str, more: str, scheme: str) -> None:
    for other in (f"{more}@{host}", f"{host}:8080", f"drive.google.com.{host}", f"{host}.drive.google.com"):
        with pytest.raises(InvalidRequestError):
            parse_file_reference(f"{scheme}://{other}/file/d/{ID}/view")
