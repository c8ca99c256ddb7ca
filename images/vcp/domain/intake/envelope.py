"""What lies around the payload of a call: the wrappers of API Gateway, of n8n, and of people who try things out."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from vcp.domain.errors import InvalidRequestError

#: A list of one item, its `json`, a `body`, the text in it, once more all of that: no caller wraps deeper.
_MOST_WRAPPERS = 10
#: `body`: n8n's webhooks and default payload, API Gateway, the seed system. `json`: an item as n8n keeps it.
_WRAPPERS = ("body", "json")
#: A payload with one of these is not unwrapped any further.
_NAMES_A_FILE = ("fileUrl", "id")


def payload_of(event: object) -> Mapping[str, Any]:
    """The object inside a Lambda event, however it is wrapped: `body` or `json`, JSON as text, base64 as API Gateway
    marks it, a list of one.

    Raises `InvalidRequestError`: `empty_request`, `bad_json`, `bad_base64`, `several_files` (a call is answered for
    one file) or `not_an_object`.
    """
    found = event
    for _ in range(_MOST_WRAPPERS):
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
    raise _refusal(found)


def _wrapper_of(outer: Mapping[str, Any]) -> str | None:
    if any(outer.get(name) for name in _NAMES_A_FILE):
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
            "bad_base64", "The body of the call is marked as base64, but it is no text in base64.", str(error)
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


def _refusal(found: object) -> InvalidRequestError:
    if found is None or found in ({}, []):
        return InvalidRequestError(
            "empty_request", "The call carries nothing: it must name a file in Google Drive (field fileUrl)."
        )
    if isinstance(found, list):
        return InvalidRequestError(
            "several_files",
            f"The call carries a list of {len(found)}, but each call takes one file: call once for each of them.",
        )
    return InvalidRequestError(
        "not_an_object", "The call must be a JSON object with the field fileUrl.", f"got {type(found).__name__}"
    )
