"""The catalogue of faults fits the program. That the faults are noticed, `make test-guarantees` shows."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.guarantees.catalogue import FAULTS, GUARANTEES
from tests.guarantees.page import PAGE, ROOT, page
from tests.guarantees.registry import Guarantee, Patch
from tests.guarantees.session import Watcher
from vcp.domain.errors import RetryableError
from vcp.domain.verification.verdict import Verdict
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.video_id import video_id


@pytest.fixture(autouse=True)
def _garbage_is_collected() -> Iterator[None]:
    """Some faults import the handlers' package, which turns the collector off."""
    yield
    gc.enable()


def test_every_fault_applies_and_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `python -m tests.guarantees.page`"


def test_ids_are_unique() -> None:
    assert len(FAULTS) == sum(len(guarantee.faults) for guarantee in GUARANTEES)


def test_every_guarantee_has_faults_and_every_fault_has_tests() -> None:
    assert all(guarantee.faults for guarantee in GUARANTEES)
    for fault in FAULTS.values():
        assert fault.tests, fault.id
        for test in fault.tests:
            assert (ROOT / test).is_file(), (fault.id, test)


def test_replaces_a_function_in_every_module_that_imported_it(monkeypatch: pytest.MonkeyPatch) -> None:
    patch = Patch(monkeypatch)
    original = video_id
    patch.replace(video_id, lambda *_: "changed")
    assert video_id("file", None, None) == "changed"
    assert patch.changed == [f"{original.__module__}:video_id"]
    monkeypatch.undo()
    assert video_id is original


def test_replaces_methods_and_properties_in_their_class(monkeypatch: pytest.MonkeyPatch) -> None:
    patch = Patch(monkeypatch)
    patch.around(VideoRecord.changed, lambda original, *args, **changes: original)
    patch.replace(Verdict.passed, property(lambda self: False))
    assert Verdict(checks=()).passed is False
    assert [name.partition(":")[2] for name in patch.changed] == ["VideoRecord.changed", "Verdict.passed"]
    monkeypatch.undo()
    assert Verdict(checks=()).passed is True


def test_rejects_what_is_found_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LookupError, match="found nowhere"):
        Patch(monkeypatch).replace(object(), None)


def test_a_fault_is_registered_under_the_name_of_its_function() -> None:
    guarantee = Guarantee("Title", "Promise.")

    @guarantee.fault("It breaks", "tests/test_x.py")
    def it_breaks(patch: Patch) -> None:
        pass

    (fault,) = guarantee.faults
    assert (fault.id, fault.behavior, fault.tests, fault.apply) == (
        "it-breaks",
        "It breaks",
        ("tests/test_x.py",),
        it_breaks,
    )


def _fails(error: Exception) -> Any:
    raise error


@pytest.mark.parametrize(
    ("error", "when", "noticed"),
    [
        (AssertionError("assert 8 == 2"), "call", True),
        (pytest.fail.Exception("DID NOT RAISE HandOver"), "call", True),
        (RetryableError("busy", "It is busy."), "call", True),
        (KeyError("job-1"), "call", True),
        (NameError("name 'x' is not defined"), "call", False),
        (TypeError("unexpected keyword"), "call", False),
        (pytest.fail.Exception("Timeout (>120.0s) from pytest-timeout."), "call", False),
        (AssertionError("fixture"), "setup", False),
    ],
)
def test_only_failed_assertions_and_our_errors_notice_a_fault(error: Exception, when: Any, noticed: bool) -> None:
    watcher, item = (
        Watcher(),
        SimpleNamespace(name="test_x", path=Path(__file__), session=SimpleNamespace(shouldstop="")),
    )
    call = pytest.CallInfo.from_call(lambda: _fails(error), when)
    watcher.pytest_runtest_makereport(item, call)  # type: ignore[arg-type]
    assert bool(watcher.noticed) is noticed
    assert bool(watcher.other) is not noticed
    assert bool(item.session.shouldstop) is noticed


def test_something_missing_notices_a_fault_only_in_the_test_itself() -> None:
    watcher, item = Watcher(), SimpleNamespace(name="test_x", path=Path("elsewhere"))
    call = pytest.CallInfo.from_call(lambda: _fails(KeyError("x")), "call")
    watcher.pytest_runtest_makereport(item, call)  # type: ignore[arg-type]
    assert watcher.noticed == ""
