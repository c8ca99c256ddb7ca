"""Errors of MediaConvert's service model, and the failure of a job."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class BadRequestException(ServiceException):  # type: ignore[misc]
    """The service, or this stand-in, rejects the request."""

    code = "BadRequestException"


class NotFoundException(ServiceException):  # type: ignore[misc]
    """There is no such queue, preset or job."""

    code = "NotFoundException"


class ConflictException(ServiceException):  # type: ignore[misc]
    """The resource exists already, or is in use."""

    code = "ConflictException"


class TooManyRequestsException(ServiceException):  # type: ignore[misc]
    """Raised only as a fault, for tests of callers."""

    code = "TooManyRequestsException"


class JobError(Exception):
    """The job ends with ERROR, a documented code and a message in the service's style."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")


def cannot_open(uri: str, reason: str) -> str:
    """Return the service's message for an input that it could not open."""
    return f"Unable to open input file [{uri}]: [Failed probe/open: [{reason}]]"
