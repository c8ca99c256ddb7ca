"""Messages and answers, with versioned schemas. Messages carry ids only: everything else is in the ledger."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field, to_builtins

from vcp.domain.value import Value
from vcp.domain.video.states import State

SCHEMA: Literal[1] = 1
#: Callers build on the shape of intake's answer: another shape is another version.
ANSWER_SCHEMA: Literal[1] = 1


class _Wire(Value, rename="camel"):
    def to_wire(self) -> dict[str, object]:
        return dict(to_builtins(self))


class TransferMessage(_Wire):
    """Transfer queue: process this attempt of this video."""

    schema_: Literal[1] = field(name="schema", default=SCHEMA)
    video_id: str
    attempt: Annotated[int, Meta(ge=1)]


class IntakeAnswer(_Wire):
    """The answer of intake: flat, with one shape for each version of `schema`.

    Published for callers as docs/schemas/intake-answer.v1.json.
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
            description="Result of this call. accepted: the video is queued. duplicate: it was submitted before, "
            "nothing else happens. skipped: it needs no compression. rejected: it cannot be processed, see reason."
        ),
    ]
    state: Annotated[State, Meta(description="State of the video after the call, as in the ledger.")]
    code: Annotated[str, Meta(description="Stable code of the reason, for programs.", min_length=1)]
    reason: Annotated[str, Meta(description="One sentence for a person.", min_length=1)]
    file_name: Annotated[str, Meta(description="The file's name in Drive, on one line.", min_length=1)]
    attempt: Annotated[int, Meta(description="Attempt at this video; the first is 1.", ge=1)]
