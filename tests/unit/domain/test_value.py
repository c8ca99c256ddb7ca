"""Values are validated when they are decoded or built, and immutable."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, ValidationError, convert, field, to_builtins

from vcp.domain.value import Value, kinds_of
from vcp.domain.video.states import State


class Scene(Value):
    name: Annotated[str, Meta(min_length=1)]
    takes: Annotated[int, Meta(ge=1)] = 1


class Film(Value):
    kind: Literal["short", "long"] = "short"
    title: str
    state: State = State.QUEUED
    shot_at: datetime | None = None
    scenes: tuple[Scene, ...] = ()
    lengths: dict[str, float] = field(default_factory=dict)


WHOLE = Film(
    kind="long",
    title="Nosferatu",
    state=State.COMPLETED,
    shot_at=datetime(1921, 7, 1, 12, tzinfo=UTC),
    scenes=(Scene(name="castle", takes=3), Scene(name="ship")),
    lengths={"uncut": 94.0},
)


def test_a_value_round_trips() -> None:
    assert convert(to_builtins(WHOLE), Film) == WHOLE


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "endless"}, "Film.kind: Invalid enum value 'endless'"),
        ({"title": None}, "Film.title: Expected `str`, got `null`"),
        ({"title": 7}, "Film.title: Expected `str`, got `int`"),
        ({"state": "lost"}, "Film.state: Invalid enum value 'lost'"),
        ({"scenes": ({"name": ""},)}, "Film.scenes: Expected `str` of length >= 1"),
        ({"scenes": [Scene(name="castle"), "ship"]}, "Film.scenes: Expected `object`, got `str`"),
        ({"lengths": {"uncut": "long"}}, "Film.lengths: Expected `float`, got `str`"),
        ({"shot_at": "yesterday"}, "Film.shot_at: "),
    ],
)
def test_built_values_are_checked_like_decoded_ones(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as made:
        Film(**{"title": "Nosferatu", **wrong})
    assert str(made.value).startswith(message)
    with pytest.raises(ValidationError):
        convert({"title": "Nosferatu", **to_builtins(wrong)}, Film)
    with pytest.raises(ValidationError) as changed:
        WHOLE.but(**wrong)
    assert str(changed.value) == str(made.value)


def test_rejects_an_unknown_field() -> None:
    with pytest.raises(ValidationError, match="unknown field `colour`"):
        convert({"title": "Nosferatu", "colour": "none"}, Film)
    wrong: dict[str, Any] = {"colour": "none"}
    with pytest.raises(TypeError, match="colour"):
        Film(title="Nosferatu", **wrong)
    with pytest.raises(TypeError, match="colour"):
        WHOLE.but(**wrong)


def test_fields_are_keyword_only() -> None:
    unnamed: Any = Film
    with pytest.raises(TypeError, match="positional"):
        unnamed("long", "Nosferatu")


def test_a_value_is_immutable() -> None:
    with pytest.raises(AttributeError):
        setattr(WHOLE, "title", "Dracula")  # noqa: B010
    lengths = {"uncut": 94.0}
    film = Film(title="Nosferatu", lengths=lengths)
    lengths["cut"] = 63.0
    assert film.lengths == {"uncut": 94.0}


def test_but_returns_a_copy() -> None:
    short = WHOLE.but(kind="short", lengths={})
    assert (short.kind, short.title, WHOLE.kind) == ("short", "Nosferatu", "long")


def test_built_values_are_converted_like_decoded_ones() -> None:
    """Lists become tuples, and whole numbers floats: equal contents make equal values."""
    listed: Any = [Scene(name="castle")]
    film = Film(title="Nosferatu", scenes=listed, lengths={"uncut": 94})
    assert film.scenes == (Scene(name="castle"),)
    assert repr(film.lengths) == "{'uncut': 94.0}"


def test_kinds_are_in_the_order_of_the_fields() -> None:
    assert list(kinds_of(Scene).items()) == [
        ("name", Annotated[str, Meta(min_length=1)]),
        ("takes", Annotated[int, Meta(ge=1)]),
    ]
