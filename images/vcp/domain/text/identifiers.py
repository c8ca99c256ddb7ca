"""Spelling of identifiers across languages."""

from __future__ import annotations


def camel_case(name: str) -> str:
    """Return a field's name in JSON and Pulumi configuration: `temp_days` is `tempDays`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
