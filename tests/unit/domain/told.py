"""What the rules say, word for word, recorded in tests/data/told: facts, plans, jobs, verdicts, mails, prices.

People read nearly all of it, so that a changed word or number is a change of the product. After one that is meant,
`python -m tests.unit.domain.told_pages` writes the records again; the diff of them shows what people will see.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import to_builtins
from msgspec.structs import fields

from vcp.domain.errors import VcpError
from vcp.domain.planning.plan import Plan
from vcp.domain.value import Value
from vcp.domain.verification.verdict import Verdict

RECORDS = Path(__file__).parents[2] / "data" / "told"
#: Page -> case -> what is said of it. One file a page, one section a case.
Pages = Mapping[str, Mapping[str, Callable[[], str]]]
_MARK = "=== "


def said(case: Callable[[], str]) -> str:
    """What a case says; a refusal is said by its code, its sentence and the operator's detail."""
    try:
        return case().strip()
    except VcpError as error:
        return f"{type(error).__name__} {error.code}\n{error.sentence}\n[{error.detail}]"


def recorded_sections(page: str) -> dict[str, str]:
    """Case -> what was recorded; empty where nothing was yet."""
    path = RECORDS / f"{page}.txt"
    if not path.exists():
        return {}
    sections = path.read_text("utf-8").split(f"\n{_MARK}")[1:]
    return {name: text.strip() for name, _, text in (section.partition("\n") for section in sections)}


def write(pages: Pages) -> None:
    """Record everything as it is now."""
    RECORDS.mkdir(exist_ok=True)
    for page, cases in pages.items():
        sections = [f"\n{_MARK}{name}\n{said(case)}\n" for name, case in cases.items()]
        (RECORDS / f"{page}.txt").write_text("".join(sections), "utf-8")


def as_json(value: object) -> str:
    """What differs from its default, field by field."""
    if isinstance(value, Value):
        value = _without_defaults(value)
    return json.dumps(value, indent=1, ensure_ascii=False)


def _without_defaults(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_without_defaults(each) for each in value]
    if not isinstance(value, Value):
        return to_builtins(value)
    told = {}
    for each in fields(value):
        default = each.default_factory() if callable(each.default_factory) else each.default
        if (given := getattr(value, each.name)) != default:
            told[each.name] = _without_defaults(given)
    return told


def plan_in_words(made: Plan) -> str:
    """A plan as a page: numbers, reasons, losses."""
    sound = [as_json(to_builtins(track)).replace("\n", "") for track in made.audio]
    return "\n".join(
        [
            f"revision {made.revision}, at most {made.planned_max_bytes} bytes, {made.expected_duration_seconds} s",
            f"video {as_json(made.video)}",
            f"budget {as_json(made.budget)}",
            *(f"sound {track}" for track in sound),
            *(f"{reason.what}: {reason.value} ({reason.why})" for reason in made.reasons),
            *(f"lost: {loss}" for loss in made.losses),
        ]
    )


def verdict_in_words(verdict: Verdict) -> str:
    """A verdict as a table: a line a check."""
    lines = [
        f"{check.outcome:15}{check.name}: expected {check.expected!r}, measured {check.measured!r}"
        f"{f', tolerance {check.tolerance!r}' if check.tolerance else ''}{f', why {check.why!r}' if check.why else ''}"
        for check in verdict.checks
    ]
    return "\n".join([f"passed: {verdict.passed}", *lines])
