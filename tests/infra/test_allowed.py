"""A rule of the configuration is a check and its words at once, wherever pydantic meets it."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import BaseModel, ValidationError

from infra.allowed import Rule
from infra.refusals import kind_of
from vcp.domain.text.constraints import allowed_words


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
    assert [allowed_words([kind_of(field)]) for field in Pair.model_fields.values()] == [
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
