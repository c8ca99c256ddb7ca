"""The ledger's record of one video: the only state of the pipeline. Immutable; every change makes a new one."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from msgspec import Meta, field

from vcp.domain.model.contract import Contract
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning.plan import Plan
from vcp.domain.value import Value
from vcp.domain.verification.verdict import Verdict
from vcp.domain.video.states import State, check_move


class SourceFile(Value):
    """A file in Drive as Drive itself describes it; `size_bytes` is Drive's figure, not the caller's."""

    file_id: str
    name: str
    size_bytes: int | None = None
    mime_type: str | None = None
    md5: str | None = None
    head_revision_id: str | None = None
    web_url: str
    uploader: str
    created_at: datetime | None = None

    @property
    def names_a_version(self) -> bool:
        """Whether Drive told which content this is; it does not of what it does not show, folders and documents."""
        return bool(self.md5 or self.head_revision_id)


class Problem(Value):
    """Why a video is where it is, for the person and for the operator."""

    code: str
    sentence: str
    detail: str = ""


class StoredSource(Value):
    """The copy in the temp bucket."""

    key: str
    size_bytes: int
    crc64nvme: str
    #: Hex, over all bytes in order; equal to Drive's where Drive knows one.
    md5: str
    md5_matches_drive: bool | None = None


class Upload(Value):
    """A multipart upload under way: with S3's ListParts it is the checkpoint of a transfer."""

    key: str
    upload_id: str
    part_bytes: int


class Job(Value):
    """The MediaConvert job of the current plan."""

    job_id: str
    submitted_at: datetime
    revision: int = 1
    #: 1, or 2 after the service failed in a way that may pass.
    submission: int = 1


class Result(Value):
    """The proven file in the compressed bucket."""

    key: str
    size_bytes: int
    crc64nvme: str | None = None
    receipt_key: str
    facts: MediaFacts
    vmaf_mean: float | None = None
    vmaf_min: float | None = None


class VideoRecord(Value):
    """All that is known of one video. `version` counts changes: the ledger writes only on top of the one it read."""

    schema_version: Literal[1] = 1
    video_id: str
    state: State
    attempt: Annotated[int, Meta(ge=1)] = 1
    version: Annotated[int, Meta(ge=0)] = 0
    project: str | None = None
    source: SourceFile
    contract: Contract
    created_at: datetime
    updated_at: datetime
    #: When the reconciler should look if nothing happened; None in final states.
    due_at: datetime | None = None
    upload: Upload | None = None
    stored: StoredSource | None = None
    source_facts: MediaFacts | None = None
    plan: Plan | None = None
    job: Job | None = None
    verdict: Verdict | None = None
    result: Result | None = None
    problem: Problem | None = None
    #: Stage name -> when it was reached (UTC).
    times: dict[str, datetime] = field(default_factory=dict)
    #: US dollars; the estimate is of the plan, the other from what was really rendered.
    cost_estimate_usd: float | None = None
    cost_usd: float | None = None
    #: How often the reconciler had to take this attempt up again; bounded, so that nothing loops for ever.
    recoveries: Annotated[int, Meta(ge=0)] = 0
    supersedes: str | None = None
    superseded_by: str | None = None

    def moved(self, state: State, now: datetime, *, due_at: datetime | None = None, **changes: Any) -> Self:
        """The record after a legal move; raises `IllegalMoveError` otherwise. A move clears the old problem."""
        check_move(self.state, state)
        times = {**self.times, str(state): now}
        return self.but(**{"problem": None, **changes}, state=state, updated_at=now, due_at=due_at, times=times)

    def changed(self, now: datetime, **changes: Any) -> Self:
        """The record with changes inside its state."""
        return self.but(**changes, updated_at=now)
