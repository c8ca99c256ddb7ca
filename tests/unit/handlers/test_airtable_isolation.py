"""Only airtable sync depends on Airtable: an outage stops nothing else."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from tests.fakes.airtable import FakeTable
from tests.fakes.messaging import FakeMailer
from tests.fakes.pipeline import Pipeline
from tests.unit.handlers.calls import Context, stream_event
from vcp.domain.errors import RetryableError
from vcp.domain.value import kinds_of
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import State
from vcp.services.airtable_sync import AirtableSync
from vcp.services.notifier import Notifier
from vcp.wire.environment import SETTINGS_BY_FUNCTION

OTHERS = sorted(set(SETTINGS_BY_FUNCTION) - {"airtable_sync"})


def imported(module: str) -> Iterator[str]:
    """Yield our modules that a module imports anywhere."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    for node in ast.walk(ast.parse(Path(spec.origin).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if is_ours(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module and is_ours(node.module):
            yield node.module
            yield from (name for alias in node.names if is_ours(name := f"{node.module}.{alias.name}"))


@cache
def is_ours(name: str) -> bool:
    """Whether this is a module of our package, not a name in one."""
    if name.partition(".")[0] != "vcp":
        return False
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def reachable(module: str) -> set[str]:
    """Return every module of ours that is loaded with a module."""
    found: set[str] = set()
    ahead = [module]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead.extend(imported(name))
    return found


def test_only_airtable_sync_imports_airtable() -> None:
    assert "vcp.adapters.airtable" in reachable("vcp.handlers.airtable_sync")
    knowing = {
        key: sorted(m for m in reachable(f"vcp.handlers.{key}") if m.endswith((".airtable", ".sync"))) for key in OTHERS
    }
    assert knowing == {key: [] for key in OTHERS}


def test_only_airtable_sync_has_airtable_settings() -> None:
    settings = {key: [name for name in kinds_of(SETTINGS_BY_FUNCTION[key]) if "airtable" in name] for key in OTHERS}
    assert settings == {key: [] for key in OTHERS}
    assert "airtable_token_secret_arn" in kinds_of(SETTINGS_BY_FUNCTION["airtable_sync"])


class DownTable(FakeTable):
    """An Airtable that fails until it is up."""

    def __init__(self) -> None:
        super().__init__()
        self.up = False
        self.failures = 0

    def upsert(self, rows) -> None:  # type: ignore[no-untyped-def]
        if not self.up:
            self.failures += 1
            raise RetryableError("airtable_unavailable", "Airtable is down; the row is written later.")
        super().upsert(rows)


def test_an_outage_of_airtable_delays_only_the_row(
    function: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given an outage of Airtable, a video is compressed and mailed; later, any repeated change completes its row."""
    pipeline, table, mailer = Pipeline(), DownTable(), FakeMailer()
    logger, notifier = function("airtable_sync"), function("notifier")
    sync = AirtableSync(pipeline.ledger, table, lambda result: f"https://files.example/{result.key}")
    service = Notifier(pipeline.ledger, mailer, pipeline.clock, lambda _: "https://x", timedelta(minutes=5))
    monkeypatch.setattr(logger, "airtable_sync", lambda: sync)
    monkeypatch.setattr(notifier, "notifier", lambda: service)
    seen: list[VideoRecord] = []

    def stream() -> None:
        """Send the new changes to both consumers; airtable sync fails each time."""
        history = pipeline.ledger.history[pipeline.record.video_id]
        new = [(history[at - 1] if at else None, history[at]) for at in range(len(seen), len(history))]
        seen.extend(record for _, record in new)
        with pytest.raises(RetryableError):
            logger.handler(stream_event(*new), Context())
        assert notifier.handler(stream_event(*new), Context()) == {"batchItemFailures": []}

    pipeline.submit()
    stream()
    pipeline.process()
    stream()
    content = pipeline.encode()
    pipeline.handle_event()
    stream()

    assert pipeline.state() is State.COMPLETED
    assert pipeline.compressed.objects[pipeline.result.key] == content
    assert [subject for subject, _ in mailer.mails] == ["Started: film.mov", "Ready: film.mov"]
    assert (table.rows, table.failures) == ({}, 3)

    table.up = True
    logger.handler(stream_event((None, seen[0])), Context())
    assert table.rows[pipeline.record.video_id]["Status"] == "Completed"
