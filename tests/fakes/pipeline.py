"""All services on fakes, so that a unit test can take a video through the whole pipeline."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.fakes.clock import ManualClock
from tests.fakes.drive import FILE_ID, FakeDrive
from tests.fakes.ledger import FakeLedger
from tests.fakes.media import FakeProbe, facts
from tests.fakes.messaging import FakeCompletion, FakeQueue
from tests.fakes.metrics import FakeMetrics
from tests.fakes.storage import FakeStore
from tests.fakes.transcoding import FakeTranscoder
from vcp.adapters.encoder_tables import load_tables
from vcp.domain.mediaconvert.job_event import DETAIL_TYPE, SOURCE, JobEvent, parse_job_event
from vcp.domain.model.contract import Contract
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning.plan import Plan
from vcp.domain.video.record import Problem, Result, VideoRecord
from vcp.domain.video.states import State
from vcp.services.completion import Completion
from vcp.services.intake import Intake
from vcp.services.job_submission import JobSubmission
from vcp.services.reconciler import Reconciler
from vcp.services.transfer import Transfer, TransferLimits
from vcp.wire.messages import TransferMessage
from vcp.wire.object_keys import staging_base

PRESET = json.loads((Path(__file__).parents[2] / "infra/components/presets/h264-hq.json").read_text("utf-8"))
STACK = "test"
#: Content of the file in Drive. Its facts are those of a long film.
CONTENT = bytes(range(256)) * 64
#: More than 600 s of 1080p with two stereo tracks need.
LIMIT = 200_000_000


class Pipeline:
    """Every service with the fakes of its ports, and one file in Drive."""

    def __init__(self, source: MediaFacts | None = None, limit_bytes: int = LIMIT) -> None:
        self.source = source or facts()
        self.clock = ManualClock()
        self.drive = FakeDrive()
        self.drive.put(CONTENT)
        self.ledger = FakeLedger(self.clock)
        self.queue = FakeQueue()
        self.temp = FakeStore("temp")
        self.compressed = FakeStore("compressed", {"temp": self.temp})
        self.probe = FakeProbe(self.source)
        self.transcoder = FakeTranscoder(PRESET)
        self.completion_function = FakeCompletion()
        self.metrics = FakeMetrics()
        self.time_left = timedelta(minutes=15)
        self.fast_start: bool | None = True
        timeout = timedelta(minutes=15)
        self.intake = Intake(
            self.drive, self.ledger, self.queue, self.clock, Contract(limit_bytes=limit_bytes, compress_above_bytes=1),
            timeout, self.metrics,
        )  # fmt: skip
        submission = JobSubmission(self.ledger, self.transcoder, self.clock, STACK, "temp", timeout)
        self.transfer = Transfer(
            self.ledger, self.drive, self.temp, self.probe, submission, load_tables(), self.clock, self.metrics,
            TransferLimits(1000, 3, timedelta(minutes=2), timedelta(seconds=90)),
        )  # fmt: skip
        self.completion = Completion(
            self.ledger, self.temp, self.compressed, self.probe, lambda _: self.fast_start, submission, load_tables(),
            self.clock, self.metrics, STACK, timedelta(minutes=2),
        )  # fmt: skip
        self.reconciler = Reconciler(
            self.ledger, self.queue, self.transcoder, self.completion_function, self.clock, self.metrics, STACK,
            timeout, timeout,
        )  # fmt: skip

    @property
    def record(self) -> VideoRecord:
        """The one video's record."""
        (record,) = self.ledger.records.values()
        return record

    def state(self) -> State:
        """Return the one video's state. A method, so that mypy does not narrow it across steps."""
        return self.record.state

    @property
    def problem(self) -> Problem:
        assert self.record.problem is not None, "the video has no problem"
        return self.record.problem

    @property
    def result(self) -> Result:
        assert self.record.result is not None, f"the video is {self.record.state}: {self.record.problem}"
        return self.record.result

    @property
    def plan(self) -> Plan:
        return self.record.require_plan()

    def submit(self) -> None:
        """Submit the file in Drive."""
        self.intake.submit({"fileUrl": f"https://drive.google.com/file/d/{FILE_ID}/view"})

    def process(self, message: TransferMessage | None = None) -> None:
        """Process a message, by default the oldest of the transfer queue, where it stays if this raises."""
        current = message or self.queue.messages[0]
        self.transfer.process(current, "worker-1", lambda: self.time_left)
        if message is None:
            self.queue.messages.remove(current)

    def encode(self, output: MediaFacts | None = None) -> bytes:
        """Finish the newest job and return its output, by default exactly as planned."""
        content = b"result " * 3 + bytes(3_000)
        revision = self.record.job.revision if self.record.job else 1
        self.temp.objects[staging_base(self.record.video_id, self.record.attempt, revision) + ".mp4"] = content
        self.probe.by_content[content] = output or self.planned_output()
        return content

    def planned_output(self) -> MediaFacts:
        """Return the facts of an output exactly as planned."""
        picture = self.source.picture.but(
            codec="h264",
            pixel_format="yuv420p",
            bit_depth=8,
            width=self.plan.video.width,
            height=self.plan.video.height,
            rotation=0,
            field_order="progressive",
        )
        audio = tuple(
            track.but(codec="aac", channels=planned.channels)
            for track, planned in zip(self.source.audio, self.plan.audio, strict=True)
        )
        return self.source.but(video=(picture,), audio=audio)

    def event(self, status: str = "COMPLETE", **detail: Any) -> JobEvent:
        """Return MediaConvert's event about the newest job."""
        job_id = list(self.transcoder.jobs)[-1]
        body = {"status": status, "jobId": job_id, "userMetadata": self.transcoder.jobs[job_id]["metadata"], **detail}
        return parse_job_event({"source": SOURCE, "detail-type": DETAIL_TYPE, "detail": body})

    def handle_event(self, status: str = "COMPLETE", **detail: Any) -> None:
        """Let completion handle an event about the newest job."""
        self.completion.handle(self.event(status, **detail), "completion-1")

    def lose_lease(self) -> None:
        """Give the lease of the one video to another worker, as if the current one had been suspended."""
        self.ledger.leases[self.record.video_id] = "worker-2"

    def up_to_transcoding(self) -> Pipeline:
        """Submit the file and process its message."""
        self.submit()
        self.process()
        assert self.state() is State.TRANSCODING
        return self
