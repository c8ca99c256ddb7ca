"""What travels between the parts: versioned schemas. Messages carry ids only; all else is in the ledger."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from vcp.domain.states import State

SCHEMA: Literal[1] = 1
#: Of the door's answer, which those who call build upon: another shape is another version.
ANSWER_SCHEMA: Literal[1] = 1


class _Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid")

    def to_wire(self) -> dict[str, object]:
        return self.model_dump(by_alias=True, mode="json")


class TransferMessage(_Wire):
    """SQS transfers queue: work on this attempt of this video."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = SCHEMA
    video_id: str
    attempt: Annotated[int, Field(ge=1)]


class DoorAnswer(_Wire):
    """What video-file-processor answers: flat, and of one shape for each version of `schema`.

    Published for those who call as docs/schemas/door-answer.v1.json; another shape is another version.
    """

    schema_: Annotated[Literal[1], Field(alias="schema", description="Version of this answer's shape.")] = ANSWER_SCHEMA
    video_id: Annotated[
        str, Field(description="The video: a Drive file in one version. The same content is one video.", min_length=1)
    ]
    status: Annotated[
        Literal["accepted", "duplicate", "skipped", "rejected"],
        Field(
            description="What became of this call. accepted: the video is in the queue. duplicate: it was announced "
            "before, nothing else happens. skipped: it needs nothing. rejected: it cannot be processed, see reason."
        ),
    ]
    state: Annotated[State, Field(description="Where the video stands after the call, as in the ledger.")]
    code: Annotated[str, Field(description="Stable word for the reason, for programs.", min_length=1)]
    reason: Annotated[str, Field(description="One sentence for a person.", min_length=1)]
    file_name: Annotated[str, Field(description="The file's name in Drive, on one line.", min_length=1)]
    attempt: Annotated[int, Field(description="Which attempt at this video it is; the first is 1.", ge=1)]


#: MediaConvert UserMetadata keys: the seed system's four and ours (letters, digits, space and _ . : / = + - @).
METADATA_VIDEO_ID = "VideoId"
METADATA_ATTEMPT = "Attempt"
METADATA_REVISION = "Revision"
METADATA_STACK = "Stack"
METADATA_FILE_NAME = "OriginalFileName"
METADATA_SIZE = "OriginalSize"
METADATA_UPLOADER = "Uploader"
METADATA_STARTED = "ProcessingStartTime"
