"""botocore's errors as ours: what may pass is retryable, what needs a person is permanent.

Each adapter wraps its calls in `translated(...)`; conditions that it understands itself (a lost condition, a missing
key) it catches inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError

from vcp.domain.errors import PermanentError, RetryableError

#: Error codes that say "later", whatever their HTTP status (AWS SDKs guide, "Retry behavior", and the services' own).
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
        # Credentials of a role are renewed by botocore; the next try has the new ones.
        "ExpiredToken",
        "ExpiredTokenException",
    }
)


def code_of(error: ClientError) -> str:
    """The service's error code, such as `NoSuchKey`; a bodyless answer (HEAD) gives its HTTP status as text."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    """The HTTP status, 0 if unknown."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_passing(error: ClientError) -> bool:
    return code_of(error) in THROTTLING or status_of(error) in (429, 500, 502, 503, 504)


@contextmanager
def translated(service: str) -> Iterator[None]:
    """Raise botocore's errors of the block as `RetryableError` or `PermanentError`.

    Args:
        service: how operators know it; the start of the error's code, for instance `s3` in `s3_unavailable`.
    """
    try:
        yield
    except ClientError as error:
        detail = f"{error.operation_name}: {code_of(error)} (HTTP {status_of(error)}): {error}"
        if is_passing(error):
            raise RetryableError(
                f"{service}_unavailable", "A cloud service is busy; the work is tried again.", detail
            ) from error
        raise PermanentError(
            f"{service}_refused", "A cloud service refused a step; an operator has to look.", detail
        ) from error
    except (BotoConnectionError, HTTPClientError) as error:
        raise RetryableError(
            f"{service}_unreachable", "A cloud service did not answer; the work is tried again.", str(error)
        ) from error
    except BotoCoreError as error:
        raise PermanentError(
            f"{service}_misused", "A step could not be asked for; an operator has to look.", str(error)
        ) from error
