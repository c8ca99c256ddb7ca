"""Airtable's error responses. [Airtable Web API, "Errors"; responses recorded in public issues]"""

from __future__ import annotations

import json
from typing import Any

from werkzeug.wrappers import Response


class AirtableError(Exception):
    """An error response; `kind` is what clients switch on."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(f"{status} {kind}: {message}")
        self.status = status
        self.kind = kind
        self.message = message

    def response(self) -> Response:
        """Return one of the three shapes: of what was not found, of rate limits, and of everything else."""
        if self.status == 404:
            return json_response({"error": self.kind}, self.status)
        if self.status == 429:
            return json_response({"errors": [{"error": self.kind, "message": self.message}]}, self.status)
        return json_response({"error": {"type": self.kind, "message": self.message}}, self.status)


def json_response(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status=status, content_type="application/json; charset=utf-8")


def not_found() -> AirtableError:
    return AirtableError(404, "NOT_FOUND", "Not found")


def authentication_required() -> AirtableError:
    return AirtableError(401, "AUTHENTICATION_REQUIRED", "Authentication required")


def invalid_token() -> AirtableError:
    return AirtableError(401, "UNAUTHORIZED", "Invalid authentication token")


def no_permission_or_model() -> AirtableError:
    """Return the one response for a missing scope, a base outside the token, and a name that does not exist."""
    return AirtableError(
        403,
        "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND",
        "Invalid permissions, or the requested model was not found. Check that both your user and your token have the "
        "required permissions, and that the model names and/or ids are correct.",
    )


def invalid_request(message: str) -> AirtableError:
    return AirtableError(422, "INVALID_REQUEST_UNKNOWN", f"Invalid request: {message}")


def unknown_field(name: str) -> AirtableError:
    return AirtableError(422, "UNKNOWN_FIELD_NAME", f'Unknown field name: "{name}"')


def invalid_value(field: str) -> AirtableError:
    return AirtableError(422, "INVALID_VALUE_FOR_COLUMN", f'Field "{field}" cannot accept the provided value')


def rate_limited() -> AirtableError:
    return AirtableError(429, "RATE_LIMIT_REACHED", "Rate limit exceeded. Please try again later")


def not_implemented(what: str) -> AirtableError:
    """Name a feature of Airtable's that the local Airtable lacks."""
    return AirtableError(501, "NOT_IMPLEMENTED", f"The local Airtable does not implement {what}.")
