"""The errors of MediaConvert's service model, and how a job ends that cannot be done."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class BadRequestException(ServiceException):  # type: ignore[misc]
    """The request is not one that the service (or this stand-in) would take."""

    code = "BadRequestException"


class NotFoundException(ServiceException):  # type: ignore[misc]
    """A queue, preset or job of that name does not exist."""

    code = "NotFoundException"


class ConflictException(ServiceException):  # type: ignore[misc]
    """It exists already, or is in use."""

    code = "ConflictException"


class TooManyRequestsException(ServiceException):  # type: ignore[misc]
    """Raised on demand, for tests of callers."""

    code = "TooManyRequestsException"


class ForbiddenException(ServiceException):  # type: ignore[misc]
    """The caller may not hand this role to the service."""

    code = "ForbiddenException"


class JobFailed(Exception):  # noqa: N818 - an outcome of a job, told in its ERROR event
    """The job ends with ERROR, a documented code and the service's kind of message."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")


def cannot_open(uri: str, reason: str) -> str:
    """The service's sentence for an input that it could not open."""
    return f"Unable to open input file [{uri}]: [Failed probe/open: [{reason}]]"
