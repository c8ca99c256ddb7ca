"""Parse a call of intake, as n8n, a user or a Drive trigger sends it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from msgspec import Meta, ValidationError, field

from vcp.domain.errors import InvalidRequestError
from vcp.domain.intake.drive_links import FILE_ID_PATTERN, RESOURCE_KEY_PATTERN, FileReference, parse_file_reference
from vcp.domain.intake.envelope import payload_of
from vcp.domain.model.contract import Contract
from vcp.domain.text.identifiers import camel_case
from vcp.domain.text.lines import one_line
from vcp.domain.value import Value, kinds_of, read

#: Per-call overrides: the contract's fields in camelCase (`limitBytes`, `compressAboveBytes`, `minHeight`, ...).
OVERRIDES = {camel_case(name): name for name in kinds_of(Contract)}
#: An object with an id and one of these is a Drive v3 file resource: n8n's trigger sends all fields, its Drive node by
#: default only id and name. Events of other services have an id, but none of these.
_RESOURCE_FIELDS = ("name", "mimeType", "webViewLink")
#: Far above Drive's largest file (5 TB).
_MAX_SIZE_BYTES = 2**63 - 1
T = TypeVar("T")


class IntakeRequest(Value):
    """A request for one video. Drive's own metadata takes precedence over the caller's claims."""

    file_id: Annotated[str, Meta(pattern=FILE_ID_PATTERN)]
    resource_key: str | None = None
    claimed_name: str | None = None
    claimed_size_bytes: Annotated[int, Meta(ge=0)] | None = None
    uploader: str | None = None
    #: Fields with an invalid claim, for the log: a claim never blocks a video.
    unread: tuple[str, ...] = ()
    #: Contract field -> value, with types and ranges checked; only those in the call.
    overrides: dict[str, Any] = field(default_factory=dict)


def parse_request(event: object) -> IntakeRequest:
    """Parse the request in a Lambda event.

    Accepts `{fileUrl, fileName, fileSize, uploader}` directly or wrapped (see `envelope`), or a raw Drive v3 file
    resource as n8n's Drive nodes emit it, both with optional overrides of the contract. Only the file must be valid:
    an invalid claim about name, size or owner is ignored, since Drive knows better. An invalid override is an error,
    since the video would get another contract than requested.

    Raises `InvalidRequestError` with a sentence that names the field: `no_file`, `not_a_drive_link`, `bad_field`,
    `bad_override`, or those of `envelope.payload_of`.
    """
    payload = payload_of(event)
    reference = _reference(payload)
    claims = _Claims(payload)
    return IntakeRequest(
        file_id=reference.file_id,
        resource_key=reference.resource_key,
        claimed_name=claims.first(_text, "fileName", "name"),
        claimed_size_bytes=claims.first(_size, "fileSize", "size"),
        uploader=claims.first(_person, "uploader", "owners", "lastModifyingUser"),
        unread=tuple(claims.unread),
        overrides=_overrides(payload),
    )


def _reference(payload: Mapping[str, Any]) -> FileReference:
    link = payload.get("fileUrl")
    if link is not None and not isinstance(link, str):
        raise _bad_field("fileUrl", "a link to a file in Google Drive, as text", link)
    if link and link.strip():
        return parse_file_reference(link)
    if "id" in payload and (payload.get("kind") == "drive#file" or any(name in payload for name in _RESOURCE_FIELDS)):
        file_id, key = payload["id"], payload.get("resourceKey")
        if not isinstance(file_id, str) or not re.fullmatch(FILE_ID_PATTERN, file_id):
            raise _bad_field("id", "the id of a file in Google Drive", file_id)
        # The file may be shared with the pipeline directly, without a valid key.
        usable = isinstance(key, str) and re.fullmatch(RESOURCE_KEY_PATTERN, key)
        return FileReference(file_id=file_id, resource_key=key if usable else None)
    raise InvalidRequestError(
        "no_file",
        "The call names no file: the field fileUrl is missing or empty. It must be a link to a file in Google Drive.",
        f"fields: {one_line(', '.join(sorted(str(key) for key in payload)))}",
    )


class _Claims:
    """The caller's claims, field by field."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        self._payload = payload
        self.unread: list[str] = []

    def first(self, reader: Callable[[object], T | None], *names: str) -> T | None:
        """Return the first valid claim among these fields; null and empty values are no claims."""
        for name in names:
            value = self._payload.get(name)
            if value is None or value in ("", []):
                continue
            if (claim := reader(value)) is not None:
                return claim
            self.unread.append(name)
        return None


def _text(value: object) -> str | None:
    """Return text; from a number as well, which n8n makes of a name such as 2024."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return one_line(str(value)) or None


def _size(value: object) -> int | None:
    """Return whole bytes; Drive and n8n send numbers as text."""
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,19}\s*", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _MAX_SIZE_BYTES else None


def _person(value: object) -> str | None:
    """Return an e-mail address or a name; of a list of Drive users, the first one's."""
    if isinstance(value, list):
        return _person(value[0]) if value and not isinstance(value[0], list) else None
    if isinstance(value, Mapping):
        return next((text for name in ("emailAddress", "displayName") if (text := _text(value.get(name)))), None)
    return _text(value)


def _overrides(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Check types and ranges; rules between fields need the whole contract."""
    given = {wire: payload[wire] for wire in OVERRIDES if payload.get(wire) is not None}
    # An n8n expression without a value evaluates to empty text.
    set_by_call = {wire: value for wire, value in given.items() if not (isinstance(value, str) and not value.strip())}
    return {OVERRIDES[wire]: _override(wire, value) for wire, value in set_by_call.items()}


def _override(wire: str, value: object) -> object:
    kind = kinds_of(Contract)[OVERRIDES[wire]]
    try:
        return read(value.strip() if isinstance(value, str) else value, kind, strict=False)
    except ValidationError as error:
        from vcp.domain.text.constraints import allowed_words  # not needed in most calls: start-up time

        raise InvalidRequestError(
            "bad_override",
            f"The setting {wire} of the call must be {allowed_words(kind)}, not {one_line(str(value), 60)!r}.",
        ) from error


def _bad_field(name: str, expected: str, value: object) -> InvalidRequestError:
    return InvalidRequestError(
        "bad_field", f"The field {name} of the call must be {expected}.", f"got {type(value).__name__} {value!r:.200}"
    )
