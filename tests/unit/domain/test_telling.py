"""What people read: row, mails, receipt, price."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.worlds import NOON, TABLES, delivered, film, limited, record, recorded
from vcp.domain.model.contract import Contract
from vcp.domain.planning import price
from vcp.domain.planning.planner import plan
from vcp.domain.reporting.airtable_rows import KEY_FIELD, STATUSES, TABLE_FIELDS, row
from vcp.domain.reporting.mails import Links, mail, mail_kinds
from vcp.domain.reporting.receipt import receipt, stage_seconds
from vcp.domain.verification.verdict import Check, Verdict
from vcp.domain.video.record import Problem
from vcp.domain.video.states import State

ORIGINAL = "https://drive.google.com/file/d/1AbCdEfGhIjKlMnOp/view"
LINKS = Links(original=ORIGINAL, compressed="https://example.com/v.mp4")
WORDS = Problem(code="too_long_for_limit", sentence="14 h at 5 GB leaves 0.7 Mbit/s: split it in two.", detail="x")
VERDICT = Verdict(
    checks=(
        Check(name="size", expected="a", measured="b", outcome="pass"),
        Check(name="sync", expected="a", measured="", outcome="not_measurable", why="nobody looked"),
    )
)


class TestRow:
    def test_a_delivered_video_fills_every_field_but_the_error(self) -> None:
        made = row(delivered(), ORIGINAL, "https://example.com/v.mp4")
        assert made == {
            "File Name": "Interview – Größe.mov",
            "Status": "Completed",
            "Original Size (MB)": 150.0,
            "Compressed Size (MB)": 60.0,
            "Compression Ratio": 2.5,
            "Duration": 2,
            "Resolution": "320x180",
            "Processing Time": 300,
            "Original Uploader": "studio@example.com",
            "Upload Date": "2026-03-02T11:00:00.000Z",
            "Processing Date": "2026-03-02T12:00:00.000Z",
            "Completion Date": "2026-03-02T12:05:00.500Z",
            "Original URL": ORIGINAL,
            "Compressed URL": "https://example.com/v.mp4",
            "Job ID": "1700000000000-abcdef",
            "Error Message": None,
            "Video ID": delivered().video_id,
        }

    def test_the_table_has_just_these_fields_and_its_first_may_be_primary(self) -> None:
        assert list(TABLE_FIELDS) != []
        assert set(row(record(), None, None)) == set(TABLE_FIELDS)
        assert TABLE_FIELDS[next(iter(TABLE_FIELDS))] == {"type": "singleLineText"}
        assert KEY_FIELD in TABLE_FIELDS

    @pytest.mark.parametrize(
        ("state", "attempt", "status"),
        [
            (State.QUEUED, 1, "Processing"),
            (State.TRANSCODING, 1, "Processing"),
            (State.TRANSFERRING, 2, "Retrying"),
            (State.WAITING, 1, "Waiting"),
            (State.SKIPPED, 1, "Skipped"),
            (State.REJECTED, 2, "Rejected"),
            (State.FAILED, 1, "Failed"),
            (State.CANCELLED, 1, "Cancelled"),
        ],
    )
    def test_each_state_has_a_word_that_the_table_knows(self, state: State, attempt: int, status: str) -> None:
        assert row(record(state, attempt=attempt), None, None)["Status"] == status
        assert status in STATUSES

    def test_a_corrective_plan_is_a_retry(self) -> None:
        made = plan(film(), 150_000_000, limited(75_000_000), TABLES).but(revision=2)
        assert row(record(State.TRANSCODING, plan=made), None, None)["Status"] == "Retrying"

    def test_a_refusal_says_why_and_when(self) -> None:
        times = {"rejected": NOON + timedelta(seconds=2)}
        made = row(record(State.REJECTED, problem=WORDS, times=times), ORIGINAL, None)
        assert made["Error Message"] == WORDS.sentence
        assert made["Completion Date"] == "2026-03-02T12:00:02.000Z"
        assert (made["Processing Date"], made["Processing Time"]) == (None, None)

    def test_under_way_nothing_is_complete(self) -> None:
        made = row(record(State.TRANSFERRING), ORIGINAL, None)
        assert [made[name] for name in ("Completion Date", "Processing Time", "Compressed Size (MB)")] == [None] * 3


class TestMails:
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
    def test_entering_a_state_calls_for_its_mail_once(
        self, before: State | None, state: State, kinds: list[str]
    ) -> None:
        assert mail_kinds(before, record(state)) == kinds

    def test_every_kind_has_a_mail(self) -> None:
        for state in State:
            for kind in mail_kinds(None, record(state)):
                letter = mail(kind, record(state, problem=WORDS), LINKS)
                assert "Interview – Größe.mov" in letter.body
                assert record().video_id in letter.body

    def test_an_unknown_kind_is_a_fault(self) -> None:
        with pytest.raises(LookupError, match="birthday"):
            mail("birthday", record(), LINKS)

    def test_the_good_news(self) -> None:
        made = plan(recorded("surround_timecode.mov"), 150_000_000, limited(75_000_000), TABLES)
        letter = mail("completed", delivered(plan=made, verdict=VERDICT), LINKS)
        assert letter.subject == "Ready: Interview - Grosse.mov"
        for words in (
            "150 MB -> 60 MB", "the limit is 75 MB", "320x180", "two tracks (eng and fre)", "95.2 of 100", "5 min",
            "https://example.com/v.mp4", ORIGINAL, "1 check passed", "Not measured: sync", "01:00:00:00",
        ):  # fmt: skip
            assert words in letter.body

    def test_tracks_of_one_language_are_counted_and_not_listed(self) -> None:
        done = delivered()
        assert done.result is not None
        english, french = done.result.facts.audio
        other = english.but(language=None)
        facts = done.result.facts.but(audio=(english, other, french, other, other))
        letter = mail("completed", done.but(result=done.result.but(facts=facts)), LINKS)
        assert "five tracks (eng, 3 x no language and fre)" in letter.body

    def test_the_reason_is_in_plain_words_and_the_operators_detail_is_not(self) -> None:
        problem = Problem(code="too_long_for_limit", sentence="Split it in two.", detail="share 504238 bit/s")
        letter = mail("rejected", record(State.REJECTED, problem=problem), Links(original=ORIGINAL))
        assert "Split it in two." in letter.body
        assert "504238" not in letter.body
        assert "Result:" not in letter.body

    @pytest.mark.parametrize(
        ("code", "remedy"),
        [
            ("not_media", "A better file, uploaded to the same folder"),
            ("drive_file_changed", "when it no longer changes"),
            ("drive_not_shared", "put right in Google Drive"),
            ("verdict_size", "ask an operator"),
            ("verdict_picture_duration", "A better file"),
        ],
    )
    def test_a_refusal_ends_with_what_helps(self, code: str, remedy: str) -> None:
        problem = Problem(code=code, sentence="It is not as it should be.")
        letter = mail("rejected", record(State.REJECTED, problem=problem), Links(original=ORIGINAL))
        assert remedy in letter.body

    def test_waiting_says_until_when(self) -> None:
        letter = mail("waiting", record(State.WAITING, problem=WORDS, due_at=NOON), LINKS)
        assert "after 02 March 2026, 12:00 UTC" in letter.body

    @given(st.text(min_size=1, max_size=300))
    def test_any_name_makes_a_subject_that_sns_takes(self, name: str) -> None:
        source = record().source.but(name=name)
        for kind in ("started", "completed", "rejected", "failed"):
            subject = mail(kind, record(source=source), LINKS).subject
            assert re.fullmatch(r"[\x20-\x7e]{1,99}", subject)

    def test_a_long_name_keeps_its_beginning_and_end(self) -> None:
        source = record().source.but(name="A" * 200 + " final cut 7.mov")
        subject = mail("started", record(source=source), LINKS).subject
        assert subject.startswith("Started: AAAA")
        assert subject.endswith("final cut 7.mov")
        assert "..." in subject


class TestReceipt:
    def test_it_is_json_and_holds_what_was_promised_planned_measured_and_spent(self) -> None:
        facts = recorded("two_languages.mp4")
        made = plan(facts, 150_000_000, limited(75_000_000), TABLES)
        done = delivered(plan=made, verdict=VERDICT, cost_estimate_usd=0.05, cost_usd=0.04)
        paper = json.loads(json.dumps(receipt(done, price.estimate(made, facts, TABLES, 150_000_000))))
        assert paper["plan"]["planned_max_bytes"] == made.planned_max_bytes
        assert [check["name"] for check in paper["verdict"]["checks"]] == ["size", "sync"]
        assert paper["bytes"] == {
            "limit": 75_000_000, "original": 150_000_000, "compressed": 60_000_000, "ratio": 2.5,
            "plannedMaximum": made.planned_max_bytes,
        }  # fmt: skip
        assert paper["checksums"]["sourceMd5"] == "m"
        assert paper["stageSeconds"]["transcoding"] == 229.0
        assert paper["cost"]["estimatedUsd"] == 0.05
        assert paper["cost"]["detail"]["dated"] == TABLES.prices.dated.isoformat()

    def test_what_is_not_known_is_null(self) -> None:
        paper = json.loads(json.dumps(receipt(record(State.REJECTED, problem=WORDS))))
        assert (paper["plan"], paper["verdict"], paper["cost"]["detail"]) == (None, None, None)

    def test_stages_follow_the_clock_not_the_order_of_writing(self) -> None:
        times = {"transferring": NOON + timedelta(seconds=5), "queued": NOON}
        assert stage_seconds(record(times=times)) == {"queued": 5.0}


class TestPrice:
    @pytest.mark.parametrize(
        ("width", "height", "rate", "seconds", "usd"),
        [
            (1920, 1080, "30/1", 600, 0.42),
            (1280, 720, "25/1", 600, 0.42),
            (1920, 1080, "60/1", 600, 0.84),
            (3840, 2160, "24/1", 600, 0.84),
            (640, 360, "30/1", 600, 0.21),
            (1080, 1920, "30/1", 600, 0.42),
            (1920, 1080, "30/1", 600.3, 0.42042),
        ],
    )
    def test_encoding_costs_by_size_rate_and_minutes(
        self, width: int, height: int, rate: str, seconds: float, usd: float
    ) -> None:
        facts = film(width, height, seconds=seconds, frame_rate=rate, bitrate_bps=70_000_000)
        made = plan(facts, 6_000_000_000, Contract(), TABLES)
        lines = price.estimate(made, facts, TABLES, 6_000_000_000).lines
        assert lines[0].usd == pytest.approx(usd)

    def test_the_sum_is_that_of_its_lines_and_dated(self) -> None:
        facts = film(seconds=3600)
        cost = price.estimate(plan(facts, 6_000_000_000, Contract(), TABLES), facts, TABLES, 6_000_000_000)
        assert cost.usd == pytest.approx(sum(line.usd for line in cost.lines), abs=1e-4)
        assert all(line.usd > 0 for line in cost.lines)
        assert cost.dated.year >= 2026
