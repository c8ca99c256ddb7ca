"""What travels between the parts: versioned schemas. Messages carry ids only; all else is in the ledger."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field, to_builtins

from vcp.domain.value import Value
from vcp.domain.video.states import State

SCHEMA: Literal[1] = 1
#: Of the door's answer, which those who call build upon: another shape is another version.
ANSWER_SCHEMA: Literal[1] = 1


class _Wire(Value, rename="camel"):
    def to_wire(self) -> dict[str, object]:
        return dict(to_builtins(self))


class TransferMessage(_Wire):
    """SQS transfers queue: work on this attempt of this video."""

    schema_: Literal[1] = field(name="schema", default=SCHEMA)
    video_id: str
    attempt: Annotated[int, Meta(ge=1)]


class IntakeAnswer(_Wire):
    """What video-file-processor answers: flat, and of one shape for each version of `schema`.

    Published for those who call as docs/schemas/intake-answer.v1.json; another shape is another version.
    """

    schema_: Annotated[Literal[1], Meta(description="Version of this answer's shape.")] = field(
        name="schema", default=ANSWER_SCHEMA
    )
    video_id: Annotated[
        str, Meta(description="The video: a Drive file in one version. The same content is one video.", min_length=1)
    ]
    status: Annotated[
        Literal["accepted", "duplicate", "skipped", "rejected"],
        Meta(
            description="What became of this call. accepted: the video is in the queue. duplicate: it was announced "
            "before, nothing else happens. skipped: it needs nothing. rejected: it cannot be processed, see reason."
        ),
    ]
    state: Annotated[State, Meta(description="Where the video stands after the call, as in the ledger.")]
    code: Annotated[str, Meta(description="Stable word for the reason, for programs.", min_length=1)]
    reason: Annotated[str, Meta(description="One sentence for a person.", min_length=1)]
    file_name: Annotated[str, Meta(description="The file's name in Drive, on one line.", min_length=1)]
    attempt: Annotated[int, Meta(description="Which attempt at this video it is; the first is 1.", ge=1)]
