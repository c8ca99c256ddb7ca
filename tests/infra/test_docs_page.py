"""The tables of docs/configuration.md are generated; the text around them stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from infra.config import docs_page
from infra.config.docs_page import DECLARATIONS, PAGE, PageError, allowed_values, main, tables
from tests.infra.harness import ROOT, declarations


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a directory with a page and declarations that may be changed."""
    (tmp_path / PAGE).parent.mkdir()
    for path in (PAGE, DECLARATIONS):
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_the_page_is_up_to_date() -> None:
    assert main(["--check"]) == 0


def test_the_page_has_every_key_once_in_groups() -> None:
    rows = [line for line in (ROOT / PAGE).read_text("utf-8").splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(declarations())
    assert tables((ROOT / DECLARATIONS).read_text("utf-8")).count("## ") > 5


@pytest.mark.parametrize(
    ("changed", "old", "new", "shown"),
    [
        (DECLARATIONS, "default: 720\n", "default: 1080\n", "+| `minHeight` | `1080` |"),
        (DECLARATIONS, "description: Maximum transfers at", "description: Maximum copies at", "Maximum copies at"),
        (PAGE, "| a whole number from 1 to 365 |", "| any number |", "-| `tempDays` | `7` | any number |"),
    ],
    ids=["a default", "a description", "a range changed by hand"],
)
def test_check_shows_what_is_outdated_and_the_command_that_fixes_it(
    copy: Path, changed: Path, old: str, new: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(copy / changed, old, new)
    assert main(["--check"], copy) == 1
    error = capsys.readouterr().err
    assert "docs/configuration.md is outdated; `make format` (or `python -m infra.config.docs_page`)" in error
    assert shown in error
    assert main([], copy) == 0
    assert main(["--check"], copy) == 0


def test_a_range_that_changes_in_the_types_makes_the_page_outdated(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = allowed_values() | {"tempDays": "a whole number from 1 to 364"}
    monkeypatch.setattr(docs_page, "allowed_values", lambda: words)
    assert main(["--check"], copy) == 1


def test_keeps_the_text_around_the_tables(copy: Path) -> None:
    change(copy / PAGE, "## Effects", "Another line.\n\n## Effects")
    before = (copy / PAGE).read_text("utf-8")
    assert main([], copy) == 0
    assert (copy / PAGE).read_text("utf-8") == before


def test_rejects_a_page_without_a_place_for_the_tables(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(copy / PAGE, "<!-- end of generated -->", "")
    assert main([], copy) == 1
    assert "must have one line <!-- generated: keys" in capsys.readouterr().err


def test_rejects_unknown_and_ungrouped_keys() -> None:
    text = (ROOT / DECLARATIONS).read_text("utf-8")
    with pytest.raises(PageError, match="do not have the same keys: tempDay, tempDays"):
        tables(text.replace("  tempDays:", "  tempDay:"))
    with pytest.raises(PageError, match="limitBytes is above the first group"):
        tables(text.replace("  # Contract\n", ""))
