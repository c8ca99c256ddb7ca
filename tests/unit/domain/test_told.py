"""Every word and number of what the rules say, against what was recorded (told.py says how, and how to record anew)."""

from __future__ import annotations

import pytest

from tests.unit.domain.told import recorded_sections, said
from tests.unit.domain.told_pages import PAGES

CASES = [(page, name) for page, cases in PAGES.items() for name in cases]
MEANT = "if this change is meant: `python -m tests.unit.domain.told_pages`, then read the diff of tests/data/told"


@pytest.mark.parametrize(("page", "name"), CASES, ids=[f"{page}: {name}" for page, name in CASES])
def test_it_says_what_was_recorded(page: str, name: str) -> None:
    assert said(PAGES[page][name]) == recorded_sections(page).get(name), MEANT


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_recorded_that_nobody_says(page: str) -> None:
    assert set(recorded_sections(page)) == set(PAGES[page]), MEANT
