"""docs/configuration.md says of every key what Pulumi.yaml and the types say; prose around the tables is kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from infra import configuration_page, settings
from infra.configuration_page import DECLARATIONS, PAGE, PageError, groups, main, tables
from tests.infra.harness import ROOT, declarations


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Page and declarations in a place where they may be changed."""
    (tmp_path / PAGE).parent.mkdir()
    for path in (PAGE, DECLARATIONS):
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_the_page_is_what_would_be_written() -> None:
    assert main(["--check"]) == 0


def test_every_key_stands_in_one_group_of_the_page() -> None:
    rows = [line for line in (ROOT / PAGE).read_text("utf-8").splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(declarations())
    assert len(groups((ROOT / DECLARATIONS).read_text("utf-8"))) > 5


@pytest.mark.parametrize(
    ("changed", "old", "new", "told"),
    [
        (DECLARATIONS, "default: 720\n", "default: 1080\n", "+ | `minHeight` | `1080` |"),
        (DECLARATIONS, "description: Transfers that run", "description: Copies that run", "Copies that run"),
        (PAGE, "| a whole number from 1 to 365 |", "| any number |", "- | `tempDays` | `7` | any number |"),
    ],
    ids=["a default", "a meaning", "a range by hand"],
)
def test_a_stale_page_is_told_with_the_command_that_mends_it(
    copy: Path, changed: Path, old: str, new: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(copy / changed, old, new)
    assert main(["--check"], copy) == 1
    said = capsys.readouterr().err
    assert "docs/configuration.md is stale; `make format` (or `python -m infra.configuration_page`)" in said
    assert told in said
    assert main([], copy) == 0
    assert main(["--check"], copy) == 0


def test_a_range_that_changes_in_the_types_makes_the_page_stale(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def another_range(name: str) -> list[Any]:
        return settings.kinds_of_setting("log_days" if name == "temp_days" else name)

    monkeypatch.setattr(configuration_page, "kinds_of_setting", another_range)
    assert main(["--check"], copy) == 1


def test_prose_is_kept(copy: Path) -> None:
    change(copy / PAGE, "## What follows from it", "A line of somebody.\n\n## What follows from it")
    before = (copy / PAGE).read_text("utf-8")
    assert main([], copy) == 0
    assert (copy / PAGE).read_text("utf-8") == before


def test_a_page_without_a_place_for_the_tables_is_told(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(copy / PAGE, "<!-- end of generated -->", "")
    assert main([], copy) == 1
    assert "must have one line <!-- generated: keys" in capsys.readouterr().err


def test_a_key_that_the_program_does_not_know_is_told() -> None:
    text = (ROOT / DECLARATIONS).read_text("utf-8")
    with pytest.raises(PageError, match="do not have the same keys: tempDay, tempDays"):
        tables(text.replace("  tempDays:", "  tempDay:"))
    with pytest.raises(PageError, match="limitBytes stands above the first group"):
        tables(text.replace("  # The contract\n", ""))
