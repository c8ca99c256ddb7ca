"""Hooks that mend moto in this process, one module each.

`install()` applies all of them. Each asserts that what it replaces still exists with the signature that it
expects, and each has a contract test that tells when moto changes.
"""

from __future__ import annotations


def install() -> None:
    """Apply every hook, once a process."""
