"""A function gets exactly the variables that it reads, or the program stops and names it."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any, cast

import pytest
from msgspec import field
from msgspec.structs import FieldInfo, fields

from tests.infra import harness
from tests.infra.harness import AIRTABLE, Run, run
from vcp.domain.value import Value
from vcp.wire import environment
from vcp.wire.environment import SETTINGS_BY_FUNCTION, FunctionSettings, WrongEnvironmentError

#: One of the values that the program itself passes to each function.
PASSED = {
    "intake": "transfer_queue_url",
    "transfer": "preset_name",
    "completion": "compressed_bucket",
    "airtable_sync": "airtable_token_secret_arn",
    "notifier": "topic_arn",
    "reconciler": "completion_function",
}


def stopped(key: str, model: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the program's error if the function has this settings model; the function must not be created."""
    monkeypatch.setitem(SETTINGS_BY_FUNCTION, key, model)
    made = Run()
    with pytest.raises(WrongEnvironmentError) as caught:
        run(dict(AIRTABLE), into=made)
    commands = [function.inputs["imageConfig"]["commands"] for function in made.of("lambda/function:Function")]
    assert [f"vcp.handlers.{key}.handler"] not in commands
    return str(caught.value)


def model_of(wanted: Sequence[FieldInfo]) -> type[FunctionSettings]:
    """Return a settings model with these fields."""
    kinds = {each.name: each.type for each in wanted}
    variables = {each.name: field(name=each.encode_name) for each in wanted}
    body = {"__module__": __name__, "__annotations__": kinds, **variables}
    return cast(type[FunctionSettings], types.new_class("Other", (Value,), exec_body=lambda named: named.update(body)))


@pytest.mark.parametrize("key", SETTINGS_BY_FUNCTION)
def test_a_missing_variable_stops_the_program(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    more = [*fields(SETTINGS_BY_FUNCTION[key]), FieldInfo("project", "VCP_PROJECT", str)]
    assert stopped(key, model_of(more), monkeypatch) == f"the environment of {key} is wrong: VCP_PROJECT is missing"


@pytest.mark.parametrize(("key", "passed"), PASSED.items())
def test_a_surplus_variable_stops_the_program(key: str, passed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fields(SETTINGS_BY_FUNCTION[key])
    kept = [each for each in whole if each.name != passed]
    assert len(kept) == len(whole) - 1
    assert stopped(key, model_of(kept), monkeypatch) == (
        f"the environment of {key} is wrong: VCP_{passed.upper()} is not one of its variables"
    )


def test_every_function_is_checked_here() -> None:
    assert PASSED.keys() == SETTINGS_BY_FUNCTION.keys()


@pytest.mark.parametrize("nothing", ["", None])
def test_an_empty_output_stops_the_program(nothing: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    compute = harness._computed

    def no_urls(kind: str, name: str, inputs: Any) -> dict[str, Any]:
        answer = compute(kind, name, inputs)
        return {**answer, "url": nothing} if "url" in answer else answer

    monkeypatch.setattr(harness, "_computed", no_urls)
    with pytest.raises(WrongEnvironmentError, match="VCP_TRANSFER_QUEUE_URL is empty"):
        run()


def test_no_variable_has_a_default() -> None:
    for key, model in SETTINGS_BY_FUNCTION.items():
        assert [each.name for each in fields(model) if not each.required] == [], key


def test_only_variables_of_lambda_and_libraries_have_no_prefix() -> None:
    variables = {name for model in SETTINGS_BY_FUNCTION.values() for name in environment.variables_of(model).values()}
    assert {name for name in variables if not name.startswith(environment.PREFIX)} == {
        "AWS_REGION",
        "POWERTOOLS_SERVICE_NAME",
    }
