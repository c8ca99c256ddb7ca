"""The list of guarantees and faults is true of the tree as it is; `make test-faults` shows that the faults are found.

When a test here fails, code or a test moved that a fault names: bring `find`, `replace` or `tests` in faults.toml
after it, see `python -m tests.guarantees.run <id of the fault>` come to "red", and write the page again with
`python -m tests.guarantees.document`.
"""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from tests.guarantees import survivors
from tests.guarantees.catalogue import DOCUMENT, Catalogue, Fault, Guarantee, document, load, problems
from tests.guarantees.copies import environment_of
from tests.guarantees.run import Seen, check, chosen, judged, seen

CODE = "def half(number):\n    return number / 2\n"
TEST = "from work import half\n\n\ndef test_half():\n    assert half(4) == 2\n"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load()


def test_every_fault_can_be_made_and_every_test_is_there(catalogue: Catalogue) -> None:
    assert list(problems(catalogue)) == []


def test_the_page_says_what_the_data_says(catalogue: Catalogue) -> None:
    assert DOCUMENT.read_text("utf-8") == document(catalogue, survivors.load()) + "\n", (
        "run `python -m tests.guarantees.document`"
    )


def fault(**changes: Any) -> Fault:
    given = {
        "id": "doubled",
        "fault": "It doubles",
        "file": "work.py",
        "find": "number / 2",
        "replace": "number * 2",
        "tests": ["test_work.py::test_half"],
    }
    return Fault.model_validate({**given, **changes})


def of(*faults: Fault) -> Catalogue:
    return Catalogue(guarantee=[Guarantee(id="halving", title="Halves", promise="Half is half.", fault=list(faults))])


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "work.py").write_text(CODE, "utf-8")
    (tmp_path / "test_work.py").write_text(TEST, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"file": "gone.py"}, "doubled: there is no file gone.py"),
        ({"find": "number"}, "doubled: what to find stands 2 times in work.py, not once"),
        ({"find": "nothing"}, "doubled: what to find stands 0 times in work.py, not once"),
        ({"replace": "number / 2"}, "doubled: changes nothing"),
        ({"replace": "number / 2  # all is well"}, "doubled: changes no more than a comment or the layout"),
        ({"replace": "number /"}, "doubled: is no program any more (invalid syntax, line 2)"),
        ({"tests": ["test_work.py::test_gone"]}, "doubled: there is no test test_work.py::test_gone"),
        ({"tests": ["test_gone.py::test_half"]}, "doubled: there is no test test_gone.py::test_half"),
    ],
)
def test_what_is_wrong_with_a_fault_is_said(tree: Path, changes: dict[str, Any], problem: str | None) -> None:
    assert list(problems(of(fault(**changes)), tree)) == ([problem] if problem else [])


def test_an_id_is_given_once(tree: Path) -> None:
    assert list(problems(of(fault(), fault(replace="number")), tree)) == ["doubled: the id is given twice"]


def seen_of(inner: str) -> Seen:
    case = f'<testcase file="test_work.py" classname="test_work" name="test_half[4]">{inner}</testcase>'
    return seen([ElementTree.fromstring(case)], "what pytest said")  # noqa: S314 - our own


@pytest.mark.parametrize(
    ("inner", "red", "why"),
    [
        ('<failure message="assert 8 == 2"/>', True, "assert 8 == 2"),
        ("", False, "stays green"),
        ('<error message="fixture not found"/>', False, "broken, not red"),
        ("<failure message=\"NameError: name 'x' is not defined\"/>", False, "broken, not red"),
        ('<failure message="Failed: DID NOT RAISE HandOver"/>', True, "DID NOT RAISE"),
        ('<failure message="vcp.domain.errors.RetryableError: busy: It is busy."/>', True, "It is busy"),
        ('<failure message="OverflowError: too large"/>', False, "broken, not red"),
        ('<failure message="Failed: Timeout (&gt;120.0s) from pytest-timeout."/>', False, "broken, not red"),
        ('<skipped message="not here"/>', False, "did not run: what pytest said"),
    ],
)
def test_red_means_that_the_test_failed(inner: str, red: bool, why: str) -> None:
    verdict = judged(fault(), seen_of(inner), 0)
    assert verdict.red is red
    assert why in verdict.why


def test_every_named_test_has_to_fail() -> None:
    verdict = judged(
        fault(tests=["test_work.py::test_half", "test_work.py::test_two"]),
        seen_of('<failure message="assert 8 == 2"/>'),
        0,
    )
    assert (verdict.red, verdict.why) == (False, "test_work.py::test_two did not run: what pytest said")


def test_a_part_of_the_list_can_be_chosen(catalogue: Catalogue) -> None:
    one = catalogue.guarantee[1]
    assert chosen(catalogue, [one.id]).guarantee == [one]
    assert chosen(catalogue, [one.fault[0].id]).faults == [one.fault[0]]
    assert chosen(catalogue, []) == catalogue
    with pytest.raises(SystemExit, match="nothing-like-it"):
        chosen(catalogue, ["nothing-like-it"])


def test_a_fault_in_the_data_is_said_before_anything_is_copied() -> None:
    console = Console(file=io.StringIO())
    assert not check(of(fault(file="gone.py")), 1, console)
    assert "there is no file gone.py" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_run_refuses_to_test_anything_but_its_copy(tmp_path: Path) -> None:
    """The packages are installed as editable: without the copy's path first, the original would be tested."""
    (tmp_path / "test_work.py").write_text("def test_nothing():\n    pass\n", "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.guarantees.inside"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment_of(DOCUMENT.parents[1]), capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "vcp would be imported from" in done.stdout + done.stderr
