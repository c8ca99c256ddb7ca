"""Mails: when they are sent, what they say, and subjects that SNS accepts."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.domain.golden import check_golden
from tests.unit.domain.reporting.records import OUTCOMES, TOO_LONG
from tests.unit.domain.samples import record
from vcp.domain.reporting.mails import Links, mail, mail_kinds
from vcp.domain.text.lines import one_line
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import State

LINKS = Links(original="https://drive.google.com/file/d/1AbC/view", compressed="https://example.com/v.mp4")
LETTERS = string.ascii_letters * 3
#: 99 characters, less "Started: ".
ROOM = 90


def named(name: str) -> VideoRecord:
    return record(source=record().source.but(name=name))


def subject(name: str) -> str:
    return mail("started", named(name), LINKS).subject


def test_mails_read_as_reviewed() -> None:
    def text(name: str, ended: VideoRecord) -> str:
        links = LINKS if ended.result else LINKS.but(compressed=None)
        letter = mail(name.split(",")[0], ended, links)
        return f"Subject: {letter.subject}\n\n{letter.body}"

    check_golden("mails", {name: text(name, ended) for name, ended in OUTCOMES.items()})


@pytest.mark.parametrize(
    ("before", "state", "kinds"),
    [
        (None, State.QUEUED, ["started"]),
        (State.FAILED, State.QUEUED, ["started"]),
        (State.WAITING, State.QUEUED, []),
        (State.QUEUED, State.QUEUED, []),
        (State.QUEUED, State.TRANSFERRING, []),
        (State.TRANSCODING, State.VERIFYING, []),
        (State.VERIFYING, State.COMPLETED, ["completed"]),
        (State.COMPLETED, State.COMPLETED, []),
        (None, State.SKIPPED, ["skipped"]),
        (None, State.REJECTED, ["rejected"]),
        (State.TRANSFERRING, State.WAITING, ["waiting"]),
        (State.TRANSCODING, State.FAILED, ["failed"]),
        (State.TRANSCODING, State.CANCELLED, ["cancelled"]),
    ],
)
def test_entering_a_state_sends_its_mail_once(before: State | None, state: State, kinds: list[str]) -> None:
    assert mail_kinds(before, record(state)) == kinds


def test_every_kind_names_the_video() -> None:
    for state in State:
        for kind in mail_kinds(None, record(state)):
            letter = mail(kind, record(state, problem=TOO_LONG), LINKS)
            assert "Interview – Größe.mov" in letter.body
            assert record().video_id in letter.body


def test_rejects_an_unknown_kind() -> None:
    known = "started, completed, skipped, rejected, waiting, failed, cancelled"
    with pytest.raises(LookupError, match=f"no mail of kind 'lost'; the kinds are {known}"):
        mail("lost", record(), LINKS)


def test_a_mail_omits_the_operators_detail() -> None:
    letter = mail("rejected", record(State.REJECTED, problem=TOO_LONG), LINKS)
    assert TOO_LONG.sentence in letter.body
    assert TOO_LONG.detail not in letter.body


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (LETTERS[:ROOM], LETTERS[:ROOM]),
        (LETTERS[: ROOM + 1], LETTERS[:57] + "..." + LETTERS[: ROOM + 1][-30:]),
        (LETTERS, LETTERS[:57] + "..." + LETTERS[-30:]),
        ("Interview – Größe.mov", "Interview - Grosse.mov"),
        ("two  blanks\tand a tab", "two blanks_and a tab"),
        ("", "video"),
        ("   ", "video"),
    ],
)
def test_a_long_name_is_shortened_in_the_middle(name: str, shown: str) -> None:
    assert subject(name) == f"Started: {shown}"
    assert len(subject(name)) <= 99


@given(
    st.text(st.characters(codec=None), max_size=600), st.sampled_from(sorted({name.split(",")[0] for name in OUTCOMES}))
)
@example("n" * 255, "rejected")
@example("\u202eמ" * 100, "failed")
def test_sns_accepts_the_subject_for_any_name(name: str, kind: str) -> None:
    """ASCII, no control characters, under 100 characters, a letter first (SNS API reference, Publish)."""
    letter = mail(kind, named(one_line(name) or "unnamed"), LINKS)
    assert re.fullmatch(r"[A-Za-z][\x20-\x7e]{0,98}", letter.subject)
    letter.body.encode()


@given(st.text(min_size=1, max_size=300))
def test_sns_accepts_the_subject_for_a_raw_name(name: str) -> None:
    assert re.fullmatch(r"[\x20-\x7e]{1,99}", subject(name))
