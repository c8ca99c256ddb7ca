"""Messages: ids and a schema version, and nothing that could become stale."""

from __future__ import annotations

import pytest
from msgspec import ValidationError, convert

from vcp.wire.messages import TransferMessage

WIRE = {"schema": 1, "videoId": "file-0123", "attempt": 2}


def test_a_transfer_message_contains_only_ids() -> None:
    assert TransferMessage(video_id="file-0123", attempt=2).to_wire() == WIRE
    assert convert(WIRE, TransferMessage) == TransferMessage(video_id="file-0123", attempt=2)


def test_rejects_a_message_with_an_unknown_field() -> None:
    with pytest.raises(ValidationError, match="fileName"):
        convert({**WIRE, "fileName": "film.mov"}, TransferMessage)


def test_rejects_a_message_of_another_schema() -> None:
    with pytest.raises(ValidationError, match="schema"):
        convert({**WIRE, "schema": 2}, TransferMessage)


@pytest.mark.parametrize("missing", ["videoId", "attempt"])
def test_rejects_a_message_without_ids(missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        convert({name: value for name, value in WIRE.items() if name != missing}, TransferMessage)
