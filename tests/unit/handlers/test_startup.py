"""How a function starts; with a wrong environment it fails with one sentence."""

from __future__ import annotations

import gc
import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType

import boto3
import pytest

from tests.unit.handlers.calls import Context
from tests.unit.handlers.environments import environment
from vcp.adapters.aws import clients
from vcp.wire.environment import SETTINGS_BY_FUNCTION, WrongEnvironmentError


@pytest.mark.parametrize("key", SETTINGS_BY_FUNCTION)
def test_a_function_validates_its_environment_on_import(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**environment(key), "VCP_LEDGER_TABLE": "", "VCP_COLOUR": "blue"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("POWERTOOLS_SERVICE_NAME")
    monkeypatch.delitem(sys.modules, f"vcp.handlers.{key}", raising=False)
    with pytest.raises(WrongEnvironmentError) as caught:
        importlib.import_module(f"vcp.handlers.{key}")
    assert str(caught.value) == (
        f"the environment of {key} is wrong: VCP_LEDGER_TABLE is empty; POWERTOOLS_SERVICE_NAME is missing; "
        "VCP_COLOUR is not one of its variables"
    )
    assert caught.value.__context__ is None, "no traceback of the validation"


@pytest.mark.parametrize("key", SETTINGS_BY_FUNCTION)
def test_a_started_function_freezes_its_imports_and_enables_gc(
    key: str, function: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, f"vcp.handlers.{key}", raising=False)
    gc.unfreeze()
    gc.disable()  # as `vcp.handlers.startup` leaves it
    function(key)
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_gc_is_disabled_during_import() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import gc; import vcp.handlers.startup; print(gc.isenabled())"],
        check=True,
        capture_output=True,
    )
    assert done.stdout.strip() == b"False"


def test_ignoring_an_event_creates_no_client(
    function: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Creating clients would be the longest part of the first answer."""
    event = {
        "source": "aws.mediaconvert",
        "detail-type": "MediaConvert Job State Change",
        "detail": {"status": "COMPLETE", "jobId": "job-1", "userMetadata": {"Stack": "another", "VideoId": "video-1"}},
    }
    created: list[str] = []
    monkeypatch.setattr(boto3, "client", lambda service, **_: created.append(service))
    for client in (clients.dynamodb, clients.s3, clients.mediaconvert):
        client.cache_clear()
    monkeypatch.setenv("FFPROBE_PATH", sys.executable)  # which nothing runs
    module = function("completion")
    module.completion.cache_clear()

    module.handler(event, Context())

    assert created == []


#: Import each function as Lambda does and report optional modules; then compute the first checksum in many threads.
_LOADED = """
import importlib, json, os, sys
from concurrent.futures import ThreadPoolExecutor
loaded = {}
for function, variables in json.load(sys.stdin).items():
    os.environ.clear()
    os.environ.update(variables)
    importlib.import_module(f"vcp.handlers.{function}")
    loaded[function] = [name for name in ("awscrt", "_awscrt", "tenacity") if name in sys.modules]
from botocore.compat import HAS_CRT
from vcp.adapters.aws.s3.checksums import combined_crc64nvme, crc64nvme
with ThreadPoolExecutor(8) as threads:
    checksums = set(threads.map(crc64nvme, [b"123456789"] * 64))
whole = combined_crc64nvme([(crc64nvme(b"1234"), 4), (crc64nvme(b"56789"), 5)])
print(json.dumps([loaded, HAS_CRT, sorted(checksums), whole]))
"""


def test_optional_modules_are_imported_lazily() -> None:
    environments = {key: environment(key) for key in SETTINGS_BY_FUNCTION}
    command = [sys.executable, "-c", _LOADED]
    done = subprocess.run(command, input=json.dumps(environments), check=True, capture_output=True, text=True)
    loaded, has_crt, checksums, whole = json.loads(done.stdout)
    assert loaded == {key: [] for key in SETTINGS_BY_FUNCTION}
    assert not has_crt
    assert (checksums, whole) == (["rosUhgp5mIg="], "rosUhgp5mIg=")


@pytest.mark.parametrize("before", ["botocore.compat", "awscrt.checksums"])
def test_startup_keeps_modules_that_were_imported_before(before: str) -> None:
    """Other programs, such as a test run, keep their botocore."""
    names = "botocore.compat.HAS_CRT, awscrt.__name__"
    code = f"import {before}, vcp.handlers.startup, awscrt, botocore.compat; print({names})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "awscrt"]
