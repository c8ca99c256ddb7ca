"""The ledger's record of one video: the only state of the pipeline."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypeVar

from msgspec import Meta, field

from vcp.domain.errors import IncompleteRecordError
from vcp.domain.model.contract import Contract
from vcp.domain.model.media import MediaFacts
from vcp.domain.planning.plan import Plan
from vcp.domain.value import Value
from vcp.domain.verification.verdict import Verdict
from vcp.domain.video.states import State, check_move

T = TypeVar("T")


class SourceFile(Value):
    """A file in Google Drive, as Drive describes it; `size_bytes` is Drive's figure, not the caller's."""

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
        """Whether the content's version is known. It is not for folders, documents and files that are not shared."""
        return bool(self.md5 or self.head_revision_id)


class Problem(Value):
    """Why a video is in its state: a sentence for the uploader, details for the operator."""

    code: str
    sentence: str
    detail: str = ""


class StoredSource(Value):
    """The copy of the source in the temp bucket."""

    key: str
    size_bytes: int
    crc64nvme: str
    #: Hex, over all bytes in order; equal to Drive's MD5 if Drive has one.
    md5: str
    md5_matches_drive: bool | None = None


class Upload(Value):
    """A multipart upload in progress. Together with S3's ListParts it is the checkpoint of a transfer."""

    key: str
    upload_id: str
    part_bytes: int


class PendingJob(Value):
    """A MediaConvert job that was requested and is not yet confirmed in the record."""

    revision: int
    submission: int
    requested_at: datetime


class Job(Value):
    """The MediaConvert job of the current plan."""

    job_id: str
    submitted_at: datetime
    revision: int = 1
    #: 1, or 2 after a transient failure of the service.
    submission: int = 1


class Result(Value):
    """The verified file in the compressed bucket."""

    key: str
    size_bytes: int
    crc64nvme: str | None = None
    receipt_key: str
    facts: MediaFacts
    vmaf_mean: float | None = None
    vmaf_min: float | None = None


class VideoRecord(Value):
    """Everything known about one video. Immutable: each change makes a new record.

    `version` counts changes. The ledger writes a record only if
    the stored version is still the one that was read.
    """

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
    #: When the reconciler checks a video that has not moved; None in final states.
    due_at: datetime | None = None
    upload: Upload | None = None
    stored: StoredSource | None = None
    source_facts: MediaFacts | None = None
    plan: Plan | None = None
    pending_job: PendingJob | None = None
    job: Job | None = None
    verdict: Verdict | None = None
    result: Result | None = None
    problem: Problem | None = None
    #: Stage -> when it was reached (UTC).
    times: dict[str, datetime] = field(default_factory=dict)
    #: US dollars: of the plan, and of what was rendered.
    cost_estimate_usd: float | None = None
    cost_usd: float | None = None
    #: How often the reconciler recovered this attempt.
    recoveries: Annotated[int, Meta(ge=0)] = 0
    supersedes: str | None = None
    superseded_by: str | None = None

    def moved(self, state: State, now: datetime, *, due_at: datetime | None = None, **changes: Any) -> Self:
        """Return the record in another state, without its old problem. Raises `IllegalMoveError`."""
        check_move(self.state, state)
        times = {**self.times, str(state): now}
        return self.but(**{"problem": None, **changes}, state=state, updated_at=now, due_at=due_at, times=times)

    def changed(self, now: datetime, **changes: Any) -> Self:
        """Return the record with changes inside its state."""
        return self.but(**changes, updated_at=now)

    # What later stages rely on. Each raises `IncompleteRecordError` instead of returning None.

    def require_facts(self) -> MediaFacts:
        return self._require("source_facts", self.source_facts)

    def require_plan(self) -> Plan:
        return self._require("plan", self.plan)

    def require_upload(self) -> Upload:
        return self._require("upload", self.upload)

    def require_stored(self) -> StoredSource:
        return self._require("stored", self.stored)

    def require_job(self) -> Job:
        return self._require("job", self.job)

    def _require(self, name: str, value: T | None) -> T:
        if value is None:
            raise IncompleteRecordError(
                "incomplete_record",
                "The pipeline's record of this video is incomplete; an operator needs to look into it.",
                f"{self.video_id} in state {self.state} has no {name}",
            )
        return value
