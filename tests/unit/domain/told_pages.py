"""Page -> case -> what is said of it: everything that told.py records; run as a program, it records."""

from __future__ import annotations

from functools import partial

from tests.unit.domain.told import Pages, as_json, plan_in_words, write
from tests.unit.domain.told_calls import REQUESTS
from tests.unit.domain.told_cases import HOUR, PLANS, PROBED, PROBES_MADE_UP, bit_depths, job_of, planned, tagged, turns
from tests.unit.domain.told_ends import (
    ENDS,
    EVENT,
    REFUSALS,
    UNDER_WAY,
    VERDICTS,
    cost_of,
    event_read,
    full,
    mail_in_words,
)
from tests.unit.domain.verification.test_verify import SOURCE
from tests.unit.domain.worlds import TABLES, film, record, recorded
from vcp.domain.mediaconvert.job_event import JobEvent, parse_job_event, to_event
from vcp.domain.mediaconvert.user_metadata import user_metadata
from vcp.domain.planning import price
from vcp.domain.reporting.airtable_rows import TABLE_FIELDS, row
from vcp.domain.reporting.receipt import receipt
from vcp.domain.source.ffprobe import media_facts
from vcp.domain.video.states import State

FAILED = JobEvent(
    status="ERROR",
    job_id="job-7",
    video_id=UNDER_WAY.video_id,
    stack="test",
    attempt=3,
    error_code=1550,
    error_message="Slow",
)

PAGES: Pages = {
    "facts": {
        **{name: partial(lambda name: as_json(recorded(name)), name) for name in PROBED},
        "how many bits": bit_depths,
        "how far it is turned": turns,
        **{name: partial(lambda name: as_json(media_facts(PROBES_MADE_UP[name])), name) for name in PROBES_MADE_UP},
    },
    "requests": REQUESTS,
    "plans": {name: partial(lambda make: plan_in_words(make()), make) for name, make in PLANS.items()},
    "jobs": {
        **{
            name: partial(lambda name: job_of(recorded(name)), name)
            for name in ("portrait_phone.mp4", "hdr10.mp4", "silent.mp4", "long_sound.mp4")
        },
        "everything that gets lost": lambda: job_of(tagged()),
        "turned in another container": lambda: job_of(film(rotation=270).but(container="matroska,webm")),
    },
    "verdicts": VERDICTS,
    "refusals": REFUSALS,
    "mails": {name: partial(mail_in_words, name) for name in ENDS},
    "rows": {
        "the fields of the table": lambda: as_json(dict(TABLE_FIELDS)),
        **{name: partial(lambda name: as_json(row(ENDS[name], "https://o", "https://c")), name) for name in ENDS},
        "transcoding by the first plan": lambda: as_json(
            row(record(State.TRANSCODING, plan=planned(SOURCE)), None, None)
        ),
        "transcoding": lambda: as_json(row(UNDER_WAY.but(source_facts=film()), None, None)),
    },
    "receipts": {
        "everything": lambda: as_json(receipt(full(), price.estimate(planned(SOURCE), SOURCE, TABLES, 151_234_567))),
        "nothing": lambda: as_json(receipt(record())),
    },
    "prices": {
        "an hour of full HD": lambda: cost_of(film(seconds=HOUR), 8_000_000_000),
        "a little more than a minute, from the facts": lambda: cost_of(film(seconds=61.3).but(size_bytes=77_000_000)),
        "of unknown size": lambda: cost_of(film(1280, 720)),
        "sixty frames a second": lambda: cost_of(film(1280, 720, frame_rate="60/1"), 10**9),
        "thirty out of sixty": lambda: cost_of(film(1280, 720, frame_rate="60/1"), 10**9, "30/1"),
        "ultra high definition": lambda: cost_of(film(3840, 2160, bitrate_bps=90_000_000), 10**10),
        "larger than any row of the table": lambda: cost_of(film(4096, 4096, bitrate_bps=90_000_000), 10**10),
    },
    "events": {
        "made again": lambda: as_json(EVENT),
        "made again of a failure": lambda: as_json(to_event(FAILED)),
        "made again of a failure without words": lambda: as_json(to_event(FAILED.but(error_message=None))),
        "read": event_read,
        "read, of a failure": lambda: as_json(parse_job_event(to_event(FAILED))),
        "of another source": lambda: event_read(source="aws.s3"),
        "of another kind": lambda: event_read(**{"detail-type": "Object Created"}),
        "without a status": lambda: event_read(detail={"jobId": "1"}),
        "with a code as text": lambda: event_read(detail={"status": "ERROR", "jobId": "1", "errorCode": "1550"}),
        "of somebody else's job": lambda: event_read(detail={"status": "COMPLETE", "jobId": "1"}),
        "with an attempt that is none": lambda: event_read(
            detail={"status": "COMPLETE", "jobId": "1", "userMetadata": {"Attempt": "x"}}
        ),
        "of progress": lambda: event_read(
            detail={"status": "STATUS_UPDATE", "jobId": "1", "jobProgress": {"jobPercentComplete": 41}}
        ),
        "of progress, as text": lambda: event_read(
            detail={"status": "STATUS_UPDATE", "jobId": "1", "jobProgress": {"jobPercentComplete": "41"}}
        ),
        "of progress that is not told": lambda: event_read(
            detail={"status": "STATUS_UPDATE", "jobId": "1", "jobProgress": {"currentPhase": "PROBING"}}
        ),
        "of progress that is no number": lambda: event_read(
            detail={"status": "STATUS_UPDATE", "jobId": "1", "jobProgress": {"jobPercentComplete": "half"}}
        ),
        "no event": lambda: as_json(parse_job_event("x" * 300)),
        "what a job carries": lambda: as_json(user_metadata(full(), "test", 2)),
        "what a job carries, little known": lambda: as_json(
            user_metadata(record(times={}, source=record().source.but(size_bytes=None)), "test", 1)
        ),
    },
}

if __name__ == "__main__":
    write(PAGES)
