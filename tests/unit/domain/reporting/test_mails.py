"""Subjects of mails: within what SNS takes, and nothing given away for it."""

from __future__ import annotations

import string

import pytest

from tests.unit.domain.worlds import record
from vcp.domain.reporting.mails import Links, mail

LETTERS = string.ascii_letters * 3
#: 99 characters, less "Started: ".
ROOM = 90


def subject(name: str) -> str:
    source = record().source.but(name=name)
    return mail("started", record(source=source), Links(original="https://o")).subject


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (LETTERS[:ROOM], LETTERS[:ROOM]),
        (LETTERS[: ROOM + 1], LETTERS[:57] + "..." + LETTERS[: ROOM + 1][-30:]),
        (LETTERS, LETTERS[:57] + "..." + LETTERS[-30:]),
        ("two  blanks\tand a tab", "two blanks_and a tab"),
        ("", "video"),
        ("   ", "video"),
    ],
)
def test_a_name_fills_the_subject_and_keeps_both_its_ends(name: str, shown: str) -> None:
    assert subject(name) == f"Started: {shown}"
    assert len(subject(name)) <= 99


def test_an_unknown_kind_is_refused_with_those_that_are_known() -> None:
    known = "started, completed, skipped, rejected, waiting, failed, cancelled"
    with pytest.raises(LookupError, match=f"no mail of kind 'lost'; known are {known}"):
        mail("lost", record(), Links(original="https://o"))
