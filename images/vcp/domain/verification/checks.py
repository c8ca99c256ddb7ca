"""Constructors of a verdict's checks."""

from __future__ import annotations

from vcp.domain.verification.verdict import Check, Outcome


def checked(name: str, expected: str, measured: str, *, passed: bool, tolerance: str = "") -> Check:
    """Return a check that passed or failed."""
    outcome: Outcome = "pass" if passed else "fail"
    return Check(name=name, expected=expected, measured=measured, tolerance=tolerance, outcome=outcome)


def not_measurable(name: str, expected: str, why: str) -> Check:
    """Return a check whose value could not be measured: the verdict never passes it silently."""
    return Check(name=name, expected=expected, measured="", outcome="not_measurable", why=why)
