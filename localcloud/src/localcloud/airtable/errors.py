"""Airtable's error answers.

Three shapes exist: {"error": {"type", "message"}} for most, {"error": "NOT_FOUND"} for what is not there, and
{"errors": [{"error", "message"}]} for rate limits. [Airtable Web API, "Errors"; answers recorded in public issues]
"""

from __future__ import annotations

import json
from typing import Any

from werkzeug.wrappers import Response


class AirtableError(Exception):
    """An answer that is no success; `kind` is what clients switch on."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(f"{status} {kind}: {message}")
        self.status = status
        self.kind = kind
        self.message = message

    def body(self) -> dict[str, Any]:
        return {"error": {"type": self.kind, "message": self.message}}

    def response(self) -> Response:
        return json_response(self.body(), self.status)


class NotFoundError(AirtableError):
    """A path or record that is not there."""

    def __init__(self) -> None:
        super().__init__(404, "NOT_FOUND", "Not found")

    def body(self) -> dict[str, Any]:
        return {"error": self.kind}


class RateLimitError(AirtableError):
    """429, for a second that was too full, for the wait after it, or for a month that is used up."""

    def body(self) -> dict[str, Any]:
        return {"errors": [{"error": self.kind, "message": self.message}]}


def json_response(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status=status, content_type="application/json; charset=utf-8")


def authentication_required() -> AirtableError:
    return AirtableError(401, "AUTHENTICATION_REQUIRED", "Authentication required")


def invalid_token() -> AirtableError:
    return AirtableError(401, "UNAUTHORIZED", "Invalid authentication token")


def no_permission_or_model() -> AirtableError:
    """One answer for a missing scope, a base outside the token, and a name that does not exist."""
    return AirtableError(
        403,
        "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND",
        "Invalid permissions, or the requested model was not found. Check that both your user and your token have the "
        "required permissions, and that the model names and/or ids are correct.",
    )


def invalid_request(message: str = "parameter validation failed. Check your request data.") -> AirtableError:
    return AirtableError(422, "INVALID_REQUEST_UNKNOWN", f"Invalid request: {message}")


def unknown_field(name: str) -> AirtableError:
    return AirtableError(422, "UNKNOWN_FIELD_NAME", f'Unknown field name: "{name}"')


def invalid_value(field: str) -> AirtableError:
    return AirtableError(422, "INVALID_VALUE_FOR_COLUMN", f'Field "{field}" cannot accept the provided value')


def invalid_formula(why: str) -> AirtableError:
    return AirtableError(422, "INVALID_FILTER_BY_FORMULA", f"The formula for filtering records is invalid: {why}")


def no_such_record(record_id: str) -> AirtableError:
    return AirtableError(422, "ROW_DOES_NOT_EXIST", f"Record ID {record_id} does not exist in this table")


def not_implemented(what: str) -> AirtableError:
    """What Airtable has and this stand-in has not, by name."""
    return AirtableError(501, "NOT_IMPLEMENTED", f"The local Airtable does not implement {what}.")


def rate_limited() -> RateLimitError:
    return RateLimitError(429, "RATE_LIMIT_REACHED", "Rate limit exceeded. Please try again later")


def month_used_up() -> RateLimitError:
    return RateLimitError(
        429,
        "PUBLIC_API_BILLING_LIMIT_EXCEEDED",
        "This workspace has used up the API calls of its plan for the current month.",
    )
