"""The verdict on a result: a list of named checks."""

from typing import Literal

from vcp.domain.value import Value

#: The checks that a second plan may fix.
SIZE = "size"
PLANNED_SIZE = "planned_size"
QUALITY = "quality"

Outcome = Literal["pass", "fail", "not_measurable"]


class Check(Value):
    """The outcome of one check. `why` explains what could not be measured."""

    name: str
    expected: str
    measured: str
    tolerance: str = ""
    outcome: Outcome
    why: str = ""

    @property
    def label(self) -> str:
        """The name for people."""
        return self.name.replace("_", " ")


class Verdict(Value):
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        return not self.failures

    @property
    def failures(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.outcome == "fail")
