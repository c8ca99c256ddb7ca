"""Reading a Google Drive file id out of what people paste: links of every common form, or the bare id."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated
from urllib.parse import SplitResult, parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from vcp.domain.errors import InvalidRequestError

#: Drive ids are letters, digits, `-` and `_`; 19 (shared drives), 28, 33 and 44 characters have been seen.
FILE_ID_PATTERN = r"^[A-Za-z0-9_-]{10,128}$"
#: Link-sharing keys of older files look like `0-AbC...`.
RESOURCE_KEY_PATTERN = r"^[A-Za-z0-9_-]{1,128}$"

_HOSTS = frozenset({"drive.google.com", "docs.google.com", "drive.usercontent.google.com"})
#: The part of the path that stands before an id: /file/d/ID, /document/d/ID, /drive/folders/ID, /folders/ID.
_ID_MARKERS = frozenset({"d", "folders"})
#: Pages that carry the id as the query parameter `id`.
_ID_PAGES = frozenset({"open", "uc", "download", "thumbnail", "leaf", "folderview"})
_LONGEST_LINK = 2048


class FileReference(BaseModel):
    """A file (or folder) in Drive, as far as a link tells."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_id: Annotated[str, Field(pattern=FILE_ID_PATTERN)]
    #: Needed beside the id for some files that were shared by link before September 2021.
    resource_key: Annotated[str, Field(pattern=RESOURCE_KEY_PATTERN)] | None = None


def parse_file_reference(text: str) -> FileReference:
    """The file that a Drive link (or a bare id) names.

    Knows `/file/d/ID/...`, `/open?id=`, `/uc?id=`, the same below `/drive/u/0/` and `/a/<domain>/`, Google
    documents (`/document/d/ID`), and folders: their ids parse too, what they are is Drive's to say.

    Raises `InvalidRequestError` (`not_a_drive_link`) for anything else: other hosts, plain look-alikes, user
    names before the host, ports, other schemes, links without an id.
    """
    given = text.strip()
    if re.fullmatch(FILE_ID_PATTERN, given):
        return FileReference(file_id=given)
    url = _drive_url(given)
    query = parse_qs(url.query)
    file_id = _id_in_path(url.path) or _id_in_query(url.path, query)
    if file_id is None:
        raise _not_a_drive_link(given, "no file id in it")
    key = _only(query.get("resourcekey"))
    if key is not None and not re.fullmatch(RESOURCE_KEY_PATTERN, key):
        raise _not_a_drive_link(given, "the resource key has characters that no key has")
    return FileReference(file_id=file_id, resource_key=key)


def _drive_url(text: str) -> SplitResult:
    # Browsers drop some of these and shells choke on others; in a link that people copied they are no accident.
    if len(text) > _LONGEST_LINK or not text.isascii() or re.search(r"[\x00-\x20\x7f\\]", text):
        raise _not_a_drive_link(text, "too long, or characters that a link does not have")
    with_scheme = text if "://" in text else f"https://{text}"
    try:
        url = urlsplit(with_scheme)
        port = url.port
    except ValueError as error:
        raise _not_a_drive_link(text, str(error)) from error
    if url.scheme not in ("https", "http") or url.username is not None or url.password is not None:
        raise _not_a_drive_link(text, "not a plain web address")
    if port not in (None, 443, 80) or (url.hostname or "") not in _HOSTS:
        raise _not_a_drive_link(text, f"host {url.hostname}, port {port}")
    return url


def _id_in_path(path: str) -> str | None:
    parts = [part for part in path.split("/") if part]
    for marker, candidate in pairwise(parts):
        if marker in _ID_MARKERS and re.fullmatch(FILE_ID_PATTERN, candidate):
            return candidate
    return None


def _id_in_query(path: str, query: dict[str, list[str]]) -> str | None:
    last = path.rstrip("/").rsplit("/", 1)[-1]
    candidate = _only(query.get("id"))
    if last in _ID_PAGES and candidate is not None and re.fullmatch(FILE_ID_PATTERN, candidate):
        return candidate
    return None


def _only(values: list[str] | None) -> str | None:
    """One value, or none: a link that names two files names none."""
    return values[0] if values is not None and len(values) == 1 else None


def _not_a_drive_link(text: str, why: str) -> InvalidRequestError:
    return InvalidRequestError(
        "not_a_drive_link",
        f"“{text[:120]}” is not a link to a Google Drive file. Copy it from “Share”, “Copy link” in Drive.",
        why,
    )
