"""Words for what a setting may be."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta

from vcp.domain.text.constraints import allowed_words


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (int, "a whole number"),
        (Annotated[int, Meta(ge=1, le=365)], "a whole number from 1 to 365"),
        (Annotated[int, Meta(ge=5 * 1024**2)], "a whole number from 5,242,880 (5 MiB)"),
        (Annotated[float, Meta(ge=0, le=100)], "a number from 0 to 100"),
        (Annotated[float, Meta(gt=0, le=5)], "a number above 0 and at most 5"),
        (Annotated[float, Meta(gt=0)], "a number above 0"),
        (str, "a text"),
        (Literal["INFO", "ERROR"], "one of INFO, ERROR"),
    ],
)
def test_describes_a_type(kind: Any, expected: str) -> None:
    assert allowed_words(kind) == expected
