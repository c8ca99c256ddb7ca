"""A hook is not applied to a moto that it was not written for."""

from __future__ import annotations

import types

import moto
import pytest

from localcloud.hooks.patching import (
    MotoChanged,
    add_entry,
    add_method,
    applied,
    replace_function,
    replace_property,
    replace_static,
)


class Replaced:
    """Acts as a class of moto."""

    def call(self, name: str) -> str:
        return name

    @property
    def size(self) -> int:
        return 1


def test_replaces_what_is_as_expected() -> None:
    class Mine(Replaced):
        def call(self, name: str) -> str:
            return name

        @property
        def size(self) -> int:
            return 1

    replace_function(Mine, "call", "self name", lambda original: lambda self, name: original(self, name) + "!")
    replace_property(Mine, "size", lambda original: property(lambda self: original.fget(self) + 1))  # type: ignore[misc]
    add_method(Mine, "more", lambda self: "more")

    assert (Mine().call("a"), Mine().size) == ("a!", 2)
    assert Mine().more() == "more"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "parameters", "finding"),
    [
        ("call", "self name option", r"a function of \(self name\).*one of \(self name option\)"),
        ("gone", "self", "Replaced.gone is missing"),
        ("size", "self", "Replaced.size is no function"),
    ],
)
def test_rejects_another_function_and_names_the_version_of_moto(name: str, parameters: str, finding: str) -> None:
    with pytest.raises(MotoChanged, match=finding) as error:
        replace_function(Replaced, name, parameters, lambda original: original)

    assert f"moto {moto.__version__}" in str(error.value)


def test_rejects_a_property_that_became_a_function() -> None:
    with pytest.raises(MotoChanged, match=r"Replaced\.call is no property"):
        replace_property(Replaced, "call", lambda original: original)


def test_rejects_a_method_that_moto_has() -> None:
    with pytest.raises(MotoChanged, match=r"Replaced\.call is there"):
        add_method(Replaced, "call", lambda self: None)


def test_lists_every_change() -> None:
    class Mine(Replaced):
        @staticmethod
        def make() -> str:
            return "moto's"

        def call(self, name: str) -> str:
            return name

    table = types.ModuleType("moto_table")
    table.paths = {}  # type: ignore[attr-defined]
    before = len(applied())

    replace_static(Mine, "make", lambda: "ours")
    replace_function(Mine, "call", "self name", lambda original: original)
    add_entry(table, "paths", "/films", "handler")

    assert Mine.make() == "ours"
    assert table.paths == {"/films": "handler"}
    assert [name.rsplit(".", 2)[-2:] for name in applied()[before:]] == [
        ["Mine", "make"],
        ["Mine", "call"],
        ["moto_table", "paths"],
    ]


def test_rejects_what_is_no_static_method() -> None:
    with pytest.raises(MotoChanged, match=r"Replaced\.call is no static method"):
        replace_static(Replaced, "call", lambda: None)


def test_rejects_an_entry_that_moto_has() -> None:
    table = types.ModuleType("moto_table")
    table.paths = {"/films": "moto's"}  # type: ignore[attr-defined]
    with pytest.raises(MotoChanged, match=r"moto_table\.paths is no mapping without /films"):
        add_entry(table, "paths", "/films", "ours")
    assert table.paths == {"/films": "moto's"}
