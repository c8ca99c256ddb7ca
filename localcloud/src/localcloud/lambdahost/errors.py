"""Lambda's errors, as its API returns them."""

from __future__ import annotations

import json

from moto.core.exceptions import JsonRESTError

from localcloud.lambdahost.invocation import ThrottledError


class LambdaError(JsonRESTError):  # type: ignore[misc]
    """A modelled error; `code` is the HTTP status."""

    def __init__(self, error_type: str, message: str, status: int = 400) -> None:
        super().__init__(error_type, message)
        self.code = status


def invalid_parameter(message: str) -> LambdaError:
    return LambdaError("InvalidParameterValueException", message)


def not_implemented(what: str) -> LambdaError:
    """A parameter of Lambda that this local cloud does not implement."""
    return invalid_parameter(f"The local cloud does not implement {what}.")


def too_many_requests(throttled: ThrottledError) -> LambdaError:
    error = LambdaError("TooManyRequestsException", "Rate Exceeded.", 429)
    error.description = json.dumps({"Type": "User", "Reason": throttled.reason, "message": "Rate Exceeded."})
    return error


def too_large(limit_bytes: int) -> LambdaError:
    message = f"Request must be smaller than {limit_bytes} bytes for the InvokeFunction operation"
    return LambdaError("RequestTooLargeException", message, 413)
