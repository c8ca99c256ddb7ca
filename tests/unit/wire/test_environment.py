"""A function starts with exactly its variables, or reports in one sentence what is wrong."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import vcp.handlers
from tests.unit.handlers.environments import environment
from vcp.domain.value import kinds_of
from vcp.wire.environment import (
    SET_BY_LAMBDA,
    SETTINGS_BY_FUNCTION,
    WrongEnvironmentError,
    environment_of,
    load,
    variables_of,
)

FUNCTIONS = Path(vcp.handlers.__file__).parent
EVERY_VARIABLE = [
    (key, variable) for key, model in SETTINGS_BY_FUNCTION.items() for variable in variables_of(model).values()
]
OF_INFRA = [(key, variable) for key, variable in EVERY_VARIABLE if variable not in SET_BY_LAMBDA]


def started(key: str, monkeypatch: pytest.MonkeyPatch, **changed: str | None) -> str:
    """Load the settings with some variables changed, or absent (None); return the error, or nothing."""
    for name, value in {**environment(key), **changed}.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    try:
        load(SETTINGS_BY_FUNCTION[key])
    except WrongEnvironmentError as error:
        return str(error)
    return ""


def values_of(key: str) -> dict[str, str]:
    """Return what infra sets for a function: field name -> value."""
    given = environment(key)
    variables = variables_of(SETTINGS_BY_FUNCTION[key])
    return {name: given[variable] for name, variable in variables.items() if variable not in SET_BY_LAMBDA}


@pytest.mark.parametrize("key", SETTINGS_BY_FUNCTION)
def test_reads_the_variables_of_a_function(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert started(key, monkeypatch) == ""


@pytest.mark.parametrize(("key", "variable"), EVERY_VARIABLE)
def test_names_missing_and_empty_variables(key: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    error = f"the environment of {key} is wrong: {variable} is"
    assert started(key, monkeypatch, **{variable: None}) == f"{error} missing"
    assert started(key, monkeypatch, **{variable: ""}) == f"{error} empty"
    assert started(key, monkeypatch, **{variable: "  "}) == f"{error} empty"


@pytest.mark.parametrize("key", SETTINGS_BY_FUNCTION)
def test_names_an_unknown_variable(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert started(key, monkeypatch, VCP_LEDGER_TABEL="x") == (
        f"the environment of {key} is wrong: VCP_LEDGER_TABEL is not one of its variables"
    )


def test_accepts_variables_of_lambda_and_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    others = {
        "AWS_LAMBDA_FUNCTION_NAME": "intake",
        "POWERTOOLS_LOG_LEVEL": "DEBUG",
        "TZ": ":UTC",
        "LEDGER_TABLE": "old",
    }
    assert started("intake", monkeypatch, **others) == ""


def test_reports_all_wrong_values_with_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    error = started(
        "transfer",
        monkeypatch,
        VCP_LOG_LEVEL="LOUD",
        VCP_PART_BYTES="5MB",
        VCP_PARALLEL_PARTS="\udcb3",  # how Python reads a byte that is not UTF-8
        VCP_LEASE_SECONDS="0",
        VCP_TEMP_BUCKET=None,
    )
    assert error == (
        "the environment of transfer is wrong: "
        "VCP_LOG_LEVEL is 'LOUD', it must be one of DEBUG, INFO, WARNING, ERROR; "
        "VCP_LEASE_SECONDS is '0', it must be a number above 0 and at most 86,400; "
        "VCP_TEMP_BUCKET is missing; "
        "VCP_PART_BYTES is '5MB', it must be a whole number from 5,242,880 (5 MiB) to 536,870,912 (512 MiB); "
        r"VCP_PARALLEL_PARTS is '\udcb3', it must be a whole number from 1 to 16"
    )


@pytest.mark.parametrize("key", SETTINGS_BY_FUNCTION)
def test_built_variables_are_what_the_function_reads(key: str) -> None:
    expected = {name: text for name, text in environment(key).items() if name not in SET_BY_LAMBDA}
    assert environment_of(key, values_of(key)) == expected


@pytest.mark.parametrize(("key", "variable"), OF_INFRA)
def test_building_rejects_missing_and_empty_variables(key: str, variable: str) -> None:
    (name,) = [field for field, alias in variables_of(SETTINGS_BY_FUNCTION[key]).items() if alias == variable]
    values = values_of(key)
    for nothing in ("", " ", None):
        with pytest.raises(WrongEnvironmentError, match=f"^the environment of {key} is wrong: {variable} is empty$"):
            environment_of(key, {**values, name: nothing})
    del values[name]
    with pytest.raises(WrongEnvironmentError, match=f"^the environment of {key} is wrong: {variable} is missing$"):
        environment_of(key, values)


@pytest.mark.parametrize("key", SETTINGS_BY_FUNCTION)
def test_building_rejects_an_unknown_variable(key: str) -> None:
    with pytest.raises(WrongEnvironmentError) as caught:
        environment_of(key, {**values_of(key), "maker": "x"})
    assert str(caught.value) == f"the environment of {key} is wrong: VCP_MAKER is not one of its variables"


def test_building_leaves_out_what_lambda_sets() -> None:
    with pytest.raises(WrongEnvironmentError, match="AWS_REGION is set by Lambda itself"):
        environment_of("notifier", {**values_of("notifier"), "aws_region": "us-east-1"})


def read_settings(key: str) -> set[str]:
    """Return the settings that a function's module and the helpers that it calls read."""
    tree = ast.parse((FUNCTIONS / f"{key}.py").read_text("utf-8"))
    helpers = {
        node.name: node
        for node in ast.parse((FUNCTIONS / "wiring.py").read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return {
        node.attr
        for part in (tree, *(helper for name, helper in helpers.items() if name in called))
        for node in ast.walk(part)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "settings"
    }


@pytest.mark.parametrize("key", SETTINGS_BY_FUNCTION)
def test_every_setting_of_a_function_is_read_by_it(key: str) -> None:
    # Powertools reads its own.
    assert set(kinds_of(SETTINGS_BY_FUNCTION[key]).keys()) - {"powertools_service_name"} == read_settings(key)
