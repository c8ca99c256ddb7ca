"""The running stand-in: what handlers, which moto creates anew for each request, find their cloud by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from localcloud.context import CloudContext
from localcloud.mediaconvert.faults import Faults

if TYPE_CHECKING:
    from localcloud.mediaconvert.dispatcher import Dispatcher

#: Called with moto's response object and the role that the caller wants to hand over; raises ForbiddenException
#: where the caller may not pass it.
PassRoleCheck = Callable[[Any, str], None]


@dataclass
class Runtime:
    """One installed stand-in."""

    context: CloudContext
    dispatcher: Dispatcher
    faults: Faults = field(default_factory=Faults)
    #: Hook point of iam:PassRole: None until the local cloud enforces IAM.
    pass_role_check: PassRoleCheck | None = None

    def check_pass_role(self, response: Any, role_arn: str) -> None:
        """Whether the caller may hand `role_arn` to the service."""
        if self.pass_role_check is not None:
            self.pass_role_check(response, role_arn)


_installed: list[Runtime] = []


def current() -> Runtime:
    """The stand-in that is installed in this process."""
    if not _installed:
        raise NotImplementedError("MediaConvert is not installed in this process")
    return _installed[-1]


def make_current(runtime: Runtime) -> None:
    """From now on requests are this stand-in's."""
    _installed[:] = [runtime]
