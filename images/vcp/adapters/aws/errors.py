"""Translate botocore's errors into ours: transient ones are retryable, the others permanent.

Each adapter wraps its calls in `translate_errors(...)` and catches inside it what it handles itself, such as a failed
condition or a missing key.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError

from vcp.domain.errors import PermanentError, RetryableError

#: Transient error codes, whatever their HTTP status (AWS SDKs guide, "Retry behavior", and the services' own).
THROTTLING = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "LimitExceededException",
        "BandwidthLimitExceeded",
        "PriorRequestNotComplete",
        "TransactionInProgressException",
        "TransactionConflictException",
        "SlowDown",
        "EC2ThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "InternalError",
        "InternalServerError",
        "ServiceUnavailable",
        # botocore renews a role's credentials; the next try uses the new ones.
        "ExpiredToken",
        "ExpiredTokenException",
    }
)


def code_of(error: ClientError) -> str:
    """Return the service's error code, such as `NoSuchKey`; for HEAD, which has no body, the HTTP status as text."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    """Return the HTTP status, 0 if unknown."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_transient(error: ClientError) -> bool:
    return code_of(error) in THROTTLING or status_of(error) in (429, 500, 502, 503, 504)


@contextmanager
def translate_errors(service: str) -> Iterator[None]:
    """Raise the block's botocore errors as `RetryableError` or `PermanentError`.

    Args:
        service: prefix of the error's code, e.g. `s3` in `s3_unavailable`.
    """
    try:
        yield
    except ClientError as error:
        detail = f"{error.operation_name}: {code_of(error)} (HTTP {status_of(error)}): {error}"
        if is_transient(error):
            raise RetryableError(
                f"{service}_unavailable", "A cloud service is busy; the step will be retried.", detail
            ) from error
        raise PermanentError(
            f"{service}_refused", "A cloud service rejected a request; an operator needs to look into it.", detail
        ) from error
    except (BotoConnectionError, HTTPClientError) as error:
        raise RetryableError(
            f"{service}_unreachable", "A cloud service did not answer; the step will be retried.", str(error)
        ) from error
    except BotoCoreError as error:
        raise PermanentError(
            f"{service}_misused", "A request could not be sent; an operator needs to look into it.", str(error)
        ) from error
