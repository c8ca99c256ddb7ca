"""Extract a Google Drive file id from what people paste: links of all common forms, or the bare id.

Links are never opened: only the id is used, with Drive's own API.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import Annotated
from urllib.parse import SplitResult, parse_qs, urlsplit

from msgspec import Meta

from vcp.domain.errors import InvalidRequestError
from vcp.domain.text.lines import one_line
from vcp.domain.value import Value

#: Drive ids consist of letters, digits, `-` and `_`; known lengths are 19 (shared drives), 28, 33 and 44.
FILE_ID_PATTERN = r"^[A-Za-z0-9_-]{10,128}\Z"
#: Link-sharing keys of older files look like `0-AbC...`.
RESOURCE_KEY_PATTERN = r"^[A-Za-z0-9_-]{1,128}\Z"

_HOSTS = frozenset({"drive.google.com", "docs.google.com", "drive.usercontent.google.com"})
#: Google's redirect and sign-in pages -> query parameters with the target; Gmail, Docs and Calendar rewrite links so.
_REDIRECTS = {
    ("www.google.com", "/url"): ("q", "url"),
    ("google.com", "/url"): ("q", "url"),
    ("accounts.google.com", "/ServiceLogin"): ("continue",),
    ("accounts.google.com", "/v3/signin/identifier"): ("continue",),
}
#: The path segment before an id: /file/d/ID, /document/d/ID, /drive/folders/ID, /folders/ID.
_ID_MARKERS = frozenset({"d", "folders"})
#: Pages with the id in a query parameter.
_ID_PAGES = {
    "open": "id", "uc": "id", "download": "id", "thumbnail": "id", "leaf": "id", "folderview": "id", "viewer": "srcid",
}  # fmt: skip
_MAX_TEXT_LENGTH = 8192
_MAX_LINK_LENGTH = 2048
#: Characters that people, chats and markup put around a link; Drive links contain none of them.
_DELIMITERS = re.compile(r"""[\s<>()\[\]{}"'`|*“”„‟‘’‚‛«»‹›]+""")
_TRAILING_PUNCTUATION = ".,;:!?"


class FileReference(Value):
    """A file or folder in Drive, as named by a link."""

    file_id: Annotated[str, Meta(pattern=FILE_ID_PATTERN)]
    #: Required in addition to the id for some files shared by link before September 2021.
    resource_key: Annotated[str, Meta(pattern=RESOURCE_KEY_PATTERN)] | None = None


def parse_file_reference(text: str) -> FileReference:
    """Parse a Drive link or a bare id.

    Accepts `/file/d/ID/...`, `/open?id=`, `/uc?id=`, the same below `/drive/u/0/` and `/a/<domain>/`, downloads
    (`drive.usercontent.google.com/download?id=`), Google documents (`/document/d/ID`) and folders; with or without
    `http(s)://`; in quotes, brackets or a sentence with one link; behind Google's `/url?q=` and its sign-in page.

    Raises `InvalidRequestError` (`not_a_drive_link`) for anything else: other or look-alike hosts, user names before
    the host, ports, other schemes, links without an id, links to several files.
    """
    words = _words(text)
    if len(words) == 1 and re.fullmatch(FILE_ID_PATTERN, words[0]):
        return FileReference(file_id=words[0])
    links = [word for word in words if _looks_like_a_link(word)]
    if not links:
        raise _not_a_drive_link(text, "neither a link nor a file id")
    found = [_reference(link, text) for link in links]
    if len({reference.file_id for reference in found}) > 1:
        raise _not_a_drive_link(text, "links to several files")
    return next((reference for reference in found if reference.resource_key), found[0])


def _words(text: str) -> list[str]:
    if len(text) > _MAX_TEXT_LENGTH:
        raise _not_a_drive_link(text, "too long")
    # Text copied from chats contains invisible format characters (zero-width spaces, direction marks).
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return [short for word in _DELIMITERS.split(visible) if (short := word.rstrip(_TRAILING_PUNCTUATION))]


def _looks_like_a_link(word: str) -> bool:
    return re.search("//.", word) is not None or re.split("[:/]", word.lower())[0] in _HOSTS


def _reference(link: str, text: str) -> FileReference:
    url = _redirect_target(_url(link, text), text)
    if (url.hostname or "") not in _HOSTS:
        raise _not_a_drive_link(text, f"host {url.hostname}")
    query = parse_qs(url.query)
    file_id = _id_in_path(url.path) or _id_in_query(url.path, query)
    if file_id is None:
        raise _not_a_drive_link(text, "no file id in it")
    key = _only(query.get("resourcekey"))
    # An invalid key gives no access, but the file may be shared with the pipeline directly.
    usable = key is not None and re.fullmatch(RESOURCE_KEY_PATTERN, key)
    return FileReference(file_id=file_id, resource_key=key if usable else None)


def _url(link: str, text: str) -> SplitResult:
    # Browsers drop some of these characters, which disguises the host.
    if len(link) > _MAX_LINK_LENGTH or not link.isascii() or re.search(r"[\x00-\x20\x7f\\]", link):
        raise _not_a_drive_link(text, "too long, or characters that a link does not have")
    with_scheme = link if "//" in link.partition("?")[0] else f"https://{link}"
    try:
        # Links copied from HTML source contain `&amp;`.
        url = urlsplit(with_scheme.replace("&amp;", "&"), scheme="https")
        port = url.port
    except ValueError as error:
        raise _not_a_drive_link(text, str(error)) from error
    if url.scheme not in ("https", "http") or url.username is not None or url.password is not None:
        raise _not_a_drive_link(text, "not a plain web address")
    if port not in (None, 443, 80):
        raise _not_a_drive_link(text, f"port {port}")
    return url


def _redirect_target(url: SplitResult, text: str) -> SplitResult:
    """Follow one redirect of Google; return any other address unchanged."""
    query = parse_qs(url.query)
    for parameter in _REDIRECTS.get((url.hostname or "", url.path), ()):
        if (target := _only(query.get(parameter))) is not None:
            return _url(target, text)
    return url


def _id_in_path(path: str) -> str | None:
    parts = [part for part in path.split("/") if part]
    for marker, candidate in pairwise(parts):
        if marker in _ID_MARKERS and re.fullmatch(FILE_ID_PATTERN, candidate):
            return candidate
    return None


def _id_in_query(path: str, query: dict[str, list[str]]) -> str | None:
    last = path.rstrip("/").rsplit("/", 1)[-1]
    candidate = _only(query.get(_ID_PAGES.get(last, "")))
    if candidate is not None and re.fullmatch(FILE_ID_PATTERN, candidate):
        return candidate
    return None


def _only(values: list[str] | None) -> str | None:
    """Return the value if there is exactly one."""
    return values[0] if values is not None and len(set(values)) == 1 else None


def _not_a_drive_link(text: str, detail: str) -> InvalidRequestError:
    return InvalidRequestError(
        "not_a_drive_link",
        f"“{one_line(text, 120)}” is not a link to a Google Drive file. In Drive, choose “Share”, then “Copy link”.",
        detail,
    )
