"""What infra sets for a function and what the function reads are the same, or the program stops and says whose."""

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

#: One of the values that the program itself hands to each function.
HANDED = {
    "intake": "transfer_queue_url",
    "transfer": "preset_name",
    "completion": "compressed_bucket",
    "airtable_sync": "airtable_token_secret_arn",
    "notifier": "topic_arn",
    "reconciler": "completion_function",
}


def stopped(key: str, model: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the program says when this function asks for these settings; the function is not made."""
    monkeypatch.setitem(SETTINGS_BY_FUNCTION, key, model)
    made = Run()
    with pytest.raises(WrongEnvironmentError) as caught:
        run(dict(AIRTABLE), into=made)
    commands = [function.inputs["imageConfig"]["commands"] for function in made.of("lambda/function:Function")]
    assert [f"vcp.handlers.{key}.handler"] not in commands
    return str(caught.value)


def asking_for(wanted: Sequence[FieldInfo]) -> type[FunctionSettings]:
    """A settings model with these fields."""
    kinds = {each.name: each.type for each in wanted}
    variables = {each.name: field(name=each.encode_name) for each in wanted}
    body = {"__module__": __name__, "__annotations__": kinds, **variables}
    return cast(type[FunctionSettings], types.new_class("Other", (Value,), exec_body=lambda named: named.update(body)))


@pytest.mark.parametrize("key", SETTINGS_BY_FUNCTION)
def test_a_function_that_asks_for_more_than_it_gets_stops_the_program(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = [*fields(SETTINGS_BY_FUNCTION[key]), FieldInfo("project", "VCP_PROJECT", str)]
    assert stopped(key, asking_for(more), monkeypatch) == f"the environment of {key} is wrong: VCP_PROJECT is missing"


@pytest.mark.parametrize(("key", "handed"), HANDED.items())
def test_a_function_that_gets_more_than_it_asks_for_stops_the_program(
    key: str, handed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fields(SETTINGS_BY_FUNCTION[key])
    kept = [each for each in whole if each.name != handed]
    assert len(kept) == len(whole) - 1
    assert stopped(key, asking_for(kept), monkeypatch) == (
        f"the environment of {key} is wrong: VCP_{handed.upper()} is not one of its variables"
    )


def test_every_function_is_held_against_its_settings_here() -> None:
    assert HANDED.keys() == SETTINGS_BY_FUNCTION.keys()


@pytest.mark.parametrize("nothing", ["", None])
def test_a_service_that_computes_nothing_stops_the_program(
    nothing: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = harness._computed

    def no_urls(kind: str, name: str, inputs: Any) -> dict[str, Any]:
        answer = compute(kind, name, inputs)
        return {**answer, "url": nothing} if "url" in answer else answer

    monkeypatch.setattr(harness, "_computed", no_urls)
    with pytest.raises(WrongEnvironmentError, match="VCP_TRANSFER_QUEUE_URL is empty"):
        run()


def test_no_variable_has_a_default_of_its_own() -> None:
    for key, model in SETTINGS_BY_FUNCTION.items():
        assert [each.name for each in fields(model) if not each.required] == [], key


def test_the_prefix_keeps_our_variables_apart_from_those_of_lambda_and_libraries() -> None:
    variables = {name for model in SETTINGS_BY_FUNCTION.values() for name in environment.variables_of(model).values()}
    assert {name for name in variables if not name.startswith(environment.PREFIX)} == {
        "AWS_REGION",
        "POWERTOOLS_SERVICE_NAME",
    }
