"""What a setting may be, in words that a person understands, from the types alone."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta
from pydantic import Field, create_model

from infra.allowed import Rule
from infra.refusals import kind_of
from vcp.domain.text.constraints import allowed_words


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (int, "a whole number"),
        (Annotated[int, Meta(ge=1, le=365)], "a whole number from 1 to 365"),
        (Annotated[int, Meta(gt=0, lt=10)], "a whole number from 1 to 9"),
        (Annotated[int, Meta(gt=0)], "a whole number, 1 or more"),
        (Annotated[int, Meta(le=7)], "a whole number, 7 at most"),
        (Annotated[int, Meta(ge=5 * 1024**2)], "a whole number, 5,242,880 (5 MiB) or more"),
        (Annotated[float, Meta(ge=0, le=100)], "a number from 0 to 100"),
        (Annotated[float, Meta(gt=0, le=5)], "a number above 0, 5 at most"),
        (Annotated[float, Meta(gt=0)], "a number above 0"),
        (Annotated[float, Meta(ge=0, lt=0.5)], "a number from 0 to below 0.5"),
        (str, "a text"),
        (Annotated[str, Meta(min_length=1, max_length=255)], "a text of 1 to 255 characters"),
        (Literal["INFO", "ERROR"], "one of INFO, ERROR"),
    ],
)
def test_a_type_in_words(kind: Any, expected: str) -> None:
    assert allowed_words([kind]) == expected


def test_several_fields_of_one_setting_give_the_tightest_bounds() -> None:
    assert (
        allowed_words([Annotated[int, Meta(le=100)], Annotated[float, Meta(gt=0, le=60)]])
        == "a whole number from 1 to 60"
    )
    assert allowed_words([str, Literal["INFO", "ERROR"]]) == "one of INFO, ERROR"


def test_a_field_of_pydantic_says_it_in_the_same_words() -> None:
    """The configuration's own types are pydantic's; their bounds stand beside those of the functions."""
    own = kind_of(create_model("Some", days=(Annotated[int, Field(ge=1, lt=366)], ...)).model_fields["days"])
    assert allowed_words([own]) == "a whole number from 1 to 365"
    assert allowed_words([own, Annotated[float, Meta(gt=0, le=60)]]) == "a whole number from 1 to 60"


def test_a_rule_of_its_own_has_its_own_words() -> None:
    even = Rule("an even number", lambda number: None)
    assert allowed_words([Annotated[int, even]]) == "an even number"
