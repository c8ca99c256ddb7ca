"""How a check of the verdict is made."""

from __future__ import annotations

from vcp.domain.verification.verdict import Check, Outcome


def checked(name: str, expected: str, measured: str, *, passed: bool, tolerance: str = "") -> Check:
    """Something was measured and is right or wrong."""
    outcome: Outcome = "pass" if passed else "fail"
    return Check(name=name, expected=expected, measured=measured, tolerance=tolerance, outcome=outcome)


def not_measurable(name: str, expected: str, why: str) -> Check:
    """Nothing could be measured, and the verdict says so."""
    return Check(name=name, expected=expected, measured="", outcome="not_measurable", why=why)
