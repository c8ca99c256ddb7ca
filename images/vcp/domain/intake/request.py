"""Reading a call of the door: what n8n, a person or Drive's own trigger sends."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from msgspec import Meta, ValidationError, field

from vcp.domain.errors import InvalidRequestError
from vcp.domain.intake.drive_links import FILE_ID_PATTERN, RESOURCE_KEY_PATTERN, FileReference, parse_file_reference
from vcp.domain.intake.envelope import payload_of
from vcp.domain.model.contract import Contract
from vcp.domain.text.names import camel_case, one_line
from vcp.domain.value import Value, kinds_of, read

#: Per-call overrides: the contract's fields in camelCase (`limitBytes`, `compressAboveBytes`, `minHeight`, ...).
OVERRIDES = {camel_case(name): name for name in kinds_of(Contract)}
#: Beside its id, one of these makes an object a Drive v3 file resource. n8n's trigger sends all fields, its Drive node
#: only id and name unless told otherwise; events of other services have an id as well, but none of these.
_OF_A_RESOURCE = ("name", "mimeType", "webViewLink")
#: Above Drive's largest file (5 TB) by far; what is above it is no size.
_LARGEST_SIZE_BYTES = 2**63 - 1
T = TypeVar("T")


class IntakeRequest(Value):
    """One video that somebody asks for. The claims are the caller's word; Drive's facts win over them."""

    file_id: Annotated[str, Meta(pattern=FILE_ID_PATTERN)]
    resource_key: str | None = None
    claimed_name: str | None = None
    claimed_size_bytes: Annotated[int, Meta(ge=0)] | None = None
    uploader: str | None = None
    #: Fields with a claim that could not be read: for the log, since no claim stops a video.
    unread: tuple[str, ...] = ()
    #: Contract field -> value, types and ranges checked; only what the call named.
    overrides: dict[str, Any] = field(default_factory=dict)


def parse_request(event: object) -> IntakeRequest:
    """The request in a Lambda event.

    Takes `{fileUrl, fileName, fileSize, uploader}` directly or wrapped (see `envelope`), or a raw Drive v3 file
    resource as n8n's Drive nodes emit it, either with per-call overrides beside it. Only the file must be right:
    Drive tells name, size and owner better than any caller, so a claim that cannot be read is left out. A setting
    that cannot be read is refused, since the video would be made to another contract than was asked for.

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
    if "id" in payload and (payload.get("kind") == "drive#file" or any(name in payload for name in _OF_A_RESOURCE)):
        file_id, key = payload["id"], payload.get("resourceKey")
        if not isinstance(file_id, str) or not re.fullmatch(FILE_ID_PATTERN, file_id):
            raise _bad_field("id", "the id of a file in Google Drive", file_id)
        # A key that is none opens nothing, but the file may be shared with the pipeline anyhow.
        usable = isinstance(key, str) and re.fullmatch(RESOURCE_KEY_PATTERN, key)
        return FileReference(file_id=file_id, resource_key=key if usable else None)
    raise InvalidRequestError(
        "no_file",
        "The call names no file: the field fileUrl is missing or empty. It needs a link to a file in Google Drive.",
        f"fields: {one_line(', '.join(sorted(str(key) for key in payload)))}",
    )


class _Claims:
    """The caller's word, field by field."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        self._payload = payload
        self.unread: list[str] = []

    def first(self, reader: Callable[[object], T | None], *names: str) -> T | None:
        """The first of these fields that can be read; nothing and empty text are no claims."""
        for name in names:
            value = self._payload.get(name)
            if value is None or value in ("", []):
                continue
            if (read := reader(value)) is not None:
                return read
            self.unread.append(name)
        return None


def _text(value: object) -> str | None:
    """Text; a number too, since n8n makes one of a name such as 2024."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return one_line(str(value)) or None


def _size(value: object) -> int | None:
    """Whole bytes; Drive and n8n send numbers as text."""
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,19}\s*", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _LARGEST_SIZE_BYTES else None


def _person(value: object) -> str | None:
    """An e-mail address or a name; of Drive's users and lists of them the first one's."""
    if isinstance(value, list):
        return _person(value[0]) if value and not isinstance(value[0], list) else None
    if isinstance(value, Mapping):
        return next((text for name in ("emailAddress", "displayName") if (text := _text(value.get(name)))), None)
    return _text(value)


def _overrides(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Types and ranges are checked here; whether the values go together only the whole contract can say."""
    given = {wire: payload[wire] for wire in OVERRIDES if payload.get(wire) is not None}
    # An expression of n8n that finds nothing gives empty text: a setting that nobody set.
    set_by_call = {wire: value for wire, value in given.items() if not (isinstance(value, str) and not value.strip())}
    return {OVERRIDES[wire]: _override(wire, value) for wire, value in set_by_call.items()}


def _override(wire: str, value: object) -> object:
    kind = kinds_of(Contract)[OVERRIDES[wire]]
    try:
        return read(value.strip() if isinstance(value, str) else value, kind, strict=False)
    except ValidationError as error:
        from vcp.domain.text.constraints import allowed_words  # only where something is wrong: start-up time

        raise InvalidRequestError(
            "bad_override",
            f"The setting {wire} of the call must be {allowed_words([kind])}, not {one_line(str(value), 60)!r}.",
        ) from error


def _bad_field(name: str, wanted: str, value: object) -> InvalidRequestError:
    return InvalidRequestError(
        "bad_field", f"The field {name} of the call must be {wanted}.", f"got {type(value).__name__} {value!r:.200}"
    )
