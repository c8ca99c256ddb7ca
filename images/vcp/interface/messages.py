"""What travels between the parts: versioned schemas. Messages carry ids only; all else is in the ledger."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

SCHEMA: Literal[1] = 1


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
    """What video-file-processor answers, flat and stable: n8n branches on `status`."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = SCHEMA
    video_id: str
    status: Literal["accepted", "duplicate", "skipped", "rejected"]
    #: The video's state in the ledger after the call.
    state: str
    #: Stable, machine-readable.
    code: str
    #: One sentence for a person.
    reason: str
    file_name: str
    attempt: int


#: MediaConvert UserMetadata keys: the seed system's four and ours (letters, digits, space and _ . : / = + - @).
METADATA_VIDEO_ID = "VideoId"
METADATA_ATTEMPT = "Attempt"
METADATA_REVISION = "Revision"
METADATA_STACK = "Stack"
METADATA_FILE_NAME = "OriginalFileName"
METADATA_SIZE = "OriginalSize"
METADATA_UPLOADER = "Uploader"
METADATA_STARTED = "ProcessingStartTime"
