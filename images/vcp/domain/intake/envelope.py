"""Unwrap the payload of a call from the envelopes of API Gateway and n8n, and from manual tests."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from vcp.domain.errors import InvalidRequestError

#: A list of one item, its `json`, a `body`, the text in it, and all of that twice: no caller wraps deeper.
_MAX_WRAPPERS = 10
#: `body`: n8n's webhooks and default payload, API Gateway, the legacy system. `json`: an n8n item.
_WRAPPERS = ("body", "json")
#: A payload with one of these is not unwrapped further.
_FILE_FIELDS = ("fileUrl", "id")


def payload_of(event: object) -> Mapping[str, Any]:
    """Return the object inside a Lambda event: in `body` or `json`, as JSON text, as base64 that API Gateway marks, or
    in a list of one.

    Raises `InvalidRequestError`: `empty_request`, `bad_json`, `bad_base64`, `several_files` (a call submits one file)
    or `not_an_object`.
    """
    found = event
    for _ in range(_MAX_WRAPPERS):
        if isinstance(found, str):
            found = _parsed(found)
        elif isinstance(found, list) and len(found) == 1:
            found = found[0]
        elif isinstance(found, Mapping) and (wrapper := _wrapper_of(found)) is not None:
            found = _content(found, wrapper)
        else:
            break
    if isinstance(found, Mapping) and found:
        return found
    raise _error_for(found)


def _wrapper_of(outer: Mapping[str, Any]) -> str | None:
    if any(outer.get(name) for name in _FILE_FIELDS):
        return None
    return next((name for name in _WRAPPERS if name in outer), None)


def _content(outer: Mapping[str, Any], wrapper: str) -> object:
    content: object = outer[wrapper]
    if outer.get("isBase64Encoded") is not True or not isinstance(content, str):
        return content
    try:
        return base64.b64decode(content, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise InvalidRequestError(
            "bad_base64", "The body of the call is marked as base64, but is not valid base64 text.", str(error)
        ) from error


def _parsed(text: str) -> object:
    text = text.lstrip("\ufeff")
    if not text.strip():
        return None
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError("bad_json", "The body of the call is not valid JSON.", str(error)) from error
    return parsed


def _error_for(found: object) -> InvalidRequestError:
    if found is None or found in ({}, []):
        return InvalidRequestError(
            "empty_request", "The call is empty: it must name a file in Google Drive (field fileUrl)."
        )
    if isinstance(found, list):
        return InvalidRequestError(
            "several_files",
            f"The call contains a list of {len(found)} files: make one call per file.",
        )
    return InvalidRequestError(
        "not_an_object", "The call must be a JSON object with the field fileUrl.", f"got {type(found).__name__}"
    )
