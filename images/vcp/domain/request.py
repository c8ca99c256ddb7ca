"""Reading a call of the door: what n8n, a person or Drive's own trigger sends."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from vcp.domain.contract import Contract
from vcp.domain.drive_links import FILE_ID_PATTERN, FileReference, parse_file_reference
from vcp.domain.errors import InvalidRequestError

#: Per-call overrides: the contract's fields in camelCase (`limitBytes`, `compressAboveBytes`, `minHeight`, ...).
OVERRIDES = {to_camel(name): name for name in Contract.model_fields}
#: n8n's own default body of a Lambda call, wrappers by API Gateway and tests: as deep as any of them goes.
_DEEPEST_BODY = 3
_LONGEST_TEXT = 1024


class IntakeRequest(BaseModel):
    """One video that somebody asks for. The claims are the caller's word; Drive's facts win over them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_id: Annotated[str, Field(pattern=FILE_ID_PATTERN)]
    resource_key: str | None = None
    claimed_name: str | None = None
    claimed_size_bytes: Annotated[int, Field(ge=0)] | None = None
    uploader: str | None = None
    #: Contract field -> value, types and ranges checked; only what the call named.
    overrides: dict[str, Any] = Field(default_factory=dict)


def parse_request(event: object) -> IntakeRequest:
    """The request in a Lambda event.

    Takes `{fileUrl, fileName, fileSize, uploader}` directly or under `body` (an object or a JSON string), or a raw
    Drive v3 file resource as n8n's Drive trigger emits it, either with per-call overrides beside it.

    Raises `InvalidRequestError`: `empty_request`, `not_an_object`, `bad_json`, `no_file`, `not_a_drive_link`,
    `bad_field` or `bad_override`, with a sentence that names the field.
    """
    payload = _unwrap(event, _DEEPEST_BODY)
    reference = _reference(payload)
    return IntakeRequest(
        file_id=reference.file_id,
        resource_key=reference.resource_key,
        claimed_name=_text(payload, "fileName", "name"),
        claimed_size_bytes=_size(payload, "fileSize", "size"),
        uploader=_text(payload, "uploader") or _owner(payload),
        overrides=_overrides(payload),
    )


def _unwrap(event: object, depth: int) -> Mapping[str, Any]:
    if isinstance(event, str):
        event = _json(event)
    if event is None or event in ({}, []):
        raise InvalidRequestError("empty_request", "The call carries nothing: it must name a file in Google Drive.")
    if not isinstance(event, Mapping):
        raise InvalidRequestError(
            "not_an_object", "The call must be a JSON object with the field fileUrl.", f"got {type(event).__name__}"
        )
    if "body" in event and "fileUrl" not in event and depth > 0:
        return _unwrap(event["body"], depth - 1)
    return event


def _json(text: str) -> object:
    if not text.strip():
        return None
    try:
        parsed: object = json.loads(text)
    except ValueError as error:
        raise InvalidRequestError("bad_json", "The body of the call is not valid JSON.", str(error)) from error
    return parsed


def _reference(payload: Mapping[str, Any]) -> FileReference:
    link = payload.get("fileUrl")
    if link is not None:
        if not isinstance(link, str) or not link.strip():
            raise _bad_field("fileUrl", "a link to a file in Google Drive", link)
        return parse_file_reference(link)
    if _is_drive_resource(payload):
        file_id, key = payload.get("id"), payload.get("resourceKey")
        if not isinstance(file_id, str) or not re.fullmatch(FILE_ID_PATTERN, file_id):
            raise _bad_field("id", "a Drive file id", file_id)
        if key is not None and not isinstance(key, str):
            raise _bad_field("resourceKey", "text", key)
        return FileReference(file_id=file_id, resource_key=key or None)
    raise InvalidRequestError(
        "no_file",
        "The call names no file: it needs fileUrl with a Google Drive link, or a Drive file resource.",
        f"fields: {', '.join(sorted(str(key) for key in payload))[:300]}",
    )


def _is_drive_resource(payload: Mapping[str, Any]) -> bool:
    return payload.get("kind") == "drive#file" or {"id", "name", "mimeType"} <= payload.keys()


def _text(payload: Mapping[str, Any], *names: str) -> str | None:
    for name in names:
        value = payload.get(name)
        if value is None or value == "":
            continue
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
            raise _bad_field(name, f"text of at most {_LONGEST_TEXT} characters", value)
        return value.strip() or None
    return None


def _size(payload: Mapping[str, Any], *names: str) -> int | None:
    """Bytes; Drive and n8n send numbers as text."""
    for name in names:
        value = payload.get(name)
        if value is None or value == "":
            continue
        if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,18}\s*", value):
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise _bad_field(name, "a whole number of bytes", value)
        return value
    return None


def _owner(payload: Mapping[str, Any]) -> str | None:
    """The first owner's e-mail address in a Drive resource; files of a shared drive have no owner."""
    for people in (payload.get("owners"), [payload.get("lastModifyingUser")]):
        if isinstance(people, list) and people and isinstance(people[0], Mapping):
            address = people[0].get("emailAddress")
            if isinstance(address, str) and address:
                return address[:_LONGEST_TEXT]
    return None


def _overrides(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Types and ranges are checked here; whether the values go together only the whole contract can say."""
    given = {name: payload[wire] for wire, name in OVERRIDES.items() if payload.get(wire) is not None}
    return {name: _override(name, value) for name, value in given.items()}


def _override(name: str, value: object) -> object:
    field = Contract.model_fields[name]
    try:
        wanted: Any = Annotated[field.annotation, field]
        checked: object = TypeAdapter(wanted).validate_python(value)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False)[0]["msg"]
        raise InvalidRequestError(
            "bad_override",
            f"The setting {to_camel(name)} of the call is wrong: {problem}, not {str(value)[:60]!r}.",
        ) from error
    return checked


def _bad_field(name: str, wanted: str, value: object) -> InvalidRequestError:
    return InvalidRequestError(
        "bad_field",
        f"The field {name} of the call must be {wanted}.",
        f"got {type(value).__name__} {str(value)[:200]!r}",
    )
