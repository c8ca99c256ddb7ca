"""What a setting may be, in words that a person understands, from the types alone."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, create_model

from vcp.interface.describing import Rule, allowed_words


def words(*kinds: Any) -> str:
    fields: Any = {f"field_{number}": (kind, ...) for number, kind in enumerate(kinds)}
    return allowed_words(list(create_model("Some", **fields).model_fields.values()))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (int, "a whole number"),
        (Annotated[int, Field(ge=1, le=365)], "a whole number from 1 to 365"),
        (Annotated[int, Field(gt=0, lt=10)], "a whole number from 1 to 9"),
        (Annotated[int, Field(gt=0)], "a whole number, 1 or more"),
        (Annotated[int, Field(le=7)], "a whole number, 7 at most"),
        (Annotated[int, Field(ge=5 * 1024**2)], "a whole number, 5,242,880 (5 MiB) or more"),
        (Annotated[float, Field(ge=0, le=100)], "a number from 0 to 100"),
        (Annotated[float, Field(gt=0, le=5)], "a number above 0, 5 at most"),
        (Annotated[float, Field(gt=0)], "a number above 0"),
        (Annotated[float, Field(ge=0, lt=0.5)], "a number from 0 to below 0.5"),
        (str, "a text"),
        (Annotated[str, Field(min_length=1, max_length=255)], "a text of 1 to 255 characters"),
        (Literal["INFO", "ERROR"], "one of INFO, ERROR"),
    ],
)
def test_a_type_in_words(kind: Any, expected: str) -> None:
    assert words(kind) == expected


def test_several_fields_of_one_setting_give_the_tightest_bounds() -> None:
    assert words(Annotated[int, Field(le=100)], Annotated[float, Field(gt=0, le=60)]) == "a whole number from 1 to 60"
    assert words(str, Literal["INFO", "ERROR"]) == "one of INFO, ERROR"


def _even(number: int) -> None:
    if number % 2:
        raise ValueError(f"{number} is odd")


def _digits(given: object) -> None:
    if not isinstance(given, str) or not given.isdigit():
        raise ValueError


class Pair(BaseModel):
    even: Annotated[int, Rule("an even number", _even)] = 0
    digits: Annotated[int, Rule("digits and nothing else", _digits, as_given=True)] = 0


def test_a_rule_is_check_and_words_at_once() -> None:
    assert [allowed_words([field]) for field in Pair.model_fields.values()] == [
        "an even number",
        "digits and nothing else",
    ]
    assert Pair(even=4).even == 4
    with pytest.raises(ValidationError, match="3 is odd"):
        Pair(even=3)


def test_a_rule_may_look_at_what_was_given() -> None:
    assert Pair.model_validate({"digits": "12"}).digits == 12
    with pytest.raises(ValidationError):
        Pair.model_validate({"digits": " 12"})
