"""What all values of the domain have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value without fields that nobody knows.

    Its validator is built at first use: most values are only ever looked into as parts of another one, whose
    validator holds theirs, and every cold start would pay for both.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
