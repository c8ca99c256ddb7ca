"""The verdict: a list of named checks, never a silent pass. `vcp.domain.verification.verify` makes it."""

from typing import Literal

from vcp.domain.value import Value

#: Names of the checks that a second plan may mend.
SIZE = "size"
PLANNED_SIZE = "planned_size"
QUALITY = "quality"

Outcome = Literal["pass", "fail", "not_measurable"]


class Check(Value):
    """One thing that was looked at. `why` is required where nothing could be measured."""

    name: str
    expected: str
    measured: str
    tolerance: str = ""
    outcome: Outcome
    why: str = ""


class Verdict(Value):
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        return not self.failures

    @property
    def failures(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.outcome == "fail")
