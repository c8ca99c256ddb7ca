"""How a function starts, and that one whose environment is wrong does not: its log says in one sentence why."""

from __future__ import annotations

import gc
import importlib
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType

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
    assert caught.value.__context__ is None, "the validation's own traceback would stand above the sentence"


@pytest.mark.parametrize("key", SETTINGS_BY_FUNCTION)
def test_a_function_that_started_collects_garbage_but_not_among_what_it_imported(
    key: str, function: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, f"vcp.functions.{key}", raising=False)
    gc.unfreeze()
    gc.disable()  # as `vcp.functions` leaves it when it is imported first
    function(key)
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_no_garbage_is_collected_while_a_function_is_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import gc; import vcp.functions; print(gc.isenabled())"],
        check=True,
        capture_output=True,
    )
    assert done.stdout.strip() == b"False"
