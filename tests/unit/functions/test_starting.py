"""A function whose environment is wrong does not start, and its log says in one sentence why."""

from __future__ import annotations

import importlib
import sys

import pytest

from tests.unit.functions.environments import environment
from vcp.interface.settings import SETTINGS_BY_FUNCTION, WrongEnvironmentError


@pytest.mark.parametrize("key", SETTINGS_BY_FUNCTION)
def test_a_function_reads_its_own_environment_when_it_is_imported(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**environment(key), "VCP_LEDGER_TABLE": "", "VCP_COLOUR": "blue"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("POWERTOOLS_SERVICE_NAME")
    monkeypatch.delitem(sys.modules, f"vcp.functions.{key}", raising=False)
    with pytest.raises(WrongEnvironmentError) as caught:
        importlib.import_module(f"vcp.functions.{key}")
    assert str(caught.value) == (
        f"the environment of {key} is wrong: VCP_LEDGER_TABLE is empty; POWERTOOLS_SERVICE_NAME is missing; "
        "VCP_COLOUR is not one of its variables"
    )
    assert caught.value.__suppress_context__, "the validation's own traceback would stand above the sentence"
