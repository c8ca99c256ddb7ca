"""What a target receives: the event, or what the target's Input, InputPath or InputTransformer makes of it.

Source: "Amazon EventBridge input transformation", User Guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]|\['([^']+)'\]")
_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")
_PREDEFINED = frozenset(
    {
        "aws.events.rule-arn",
        "aws.events.rule-name",
        "aws.events.event.ingestion-time",
        "aws.events.event",
        "aws.events.event.json",
    }
)
#: What a target may say of its input; at most one of them.
INPUTS = ("Input", "InputPath", "InputTransformer")


class InvalidInput(ValueError):  # noqa: N818 - reads as the service's refusal
    """A target's input is not one that EventBridge takes; the message says why."""


def _steps(path: str) -> list[str | int]:
    """The steps of a JSON path of the subset that EventBridge documents: names and indices."""
    if not path.startswith("$"):
        raise InvalidInput(f"Invalid JSON path {path}")
    steps: list[str | int] = []
    position = 1
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            raise NotImplementedError(f"JSON path {path} of a target: only names and indices are evaluated here")
        steps.append(int(step[2]) if step[2] else step[1] or step[3])
        position = step.end()
    return steps


def _at(path: str, event: Any) -> Any:
    """What lies at a path. Raises LookupError."""
    value = event
    for step in _steps(path):
        if isinstance(step, int) != isinstance(value, list) or not isinstance(value, list | dict):
            raise LookupError(path)
        value = value[step]  # type: ignore[index]
    return value


def check_input(target: Mapping[str, Any]) -> None:
    """Refuse a target's input as PutTargets does. Raises InvalidInput or NotImplementedError."""
    given = [name for name in INPUTS if target.get(name)]
    if len(given) > 1:
        raise InvalidInput(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
        )
    if "Input" in given:
        try:
            json.loads(target["Input"])
        except ValueError as wrong:
            raise InvalidInput(f"JSON syntax error in input for target {target['Id']}") from wrong
    if "InputPath" in given:
        _steps(target["InputPath"])
    if "InputTransformer" in given:
        _check_transformer(target["InputTransformer"], target["Id"])


def _check_transformer(transformer: Mapping[str, Any], target_id: str) -> None:
    paths = transformer.get("InputPathsMap") or {}
    for name, path in paths.items():
        if name.startswith("aws."):
            raise InvalidInput(f"InputPathsMap of target {target_id}: {name} starts with AWS")
        _steps(path)
    for name in _PLACEHOLDER.findall(transformer["InputTemplate"]):
        if name not in paths and name not in _PREDEFINED:
            raise InvalidInput(f"Invalid InputTemplate for target {target_id} : [<{name}> is not defined].")


def _predefined(event: Mapping[str, Any], rule_arn: str, ingestion_time: str) -> dict[str, Any]:
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rsplit("/", 1)[-1],
        "aws.events.event.ingestion-time": ingestion_time,
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }


def _render(template: str, values: Mapping[str, Any]) -> str:
    """Replace placeholders: the bare value within quotes, JSON outside of them."""
    rendered: list[str] = []
    position, quoted = 0, False
    for placeholder in _PLACEHOLDER.finditer(template):
        before = template[position : placeholder.start()]
        quoted ^= len(re.findall(r'(?<!\\)"', before)) % 2 == 1
        rendered += [before, _rendered_value(placeholder[1], values, quoted)]
        position = placeholder.end()
    return "".join([*rendered, template[position:]])


def _rendered_value(name: str, values: Mapping[str, Any], quoted: bool) -> str:
    if name not in values:
        if quoted:
            return ""  # "that variable isn't created and won't appear in the output"
        raise InvalidInput(
            f"InputTransformer variable {name} is not in the event; outside quotes nothing can stand for it"
        )
    value = values[name]
    if not quoted:
        return json.dumps(value)
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text)[1:-1]


def target_input(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str, ingestion_time: str) -> str:
    """The text that a target receives for an event. Raises InvalidInput when none can be made."""
    if target.get("Input"):
        return str(target["Input"])
    if path := target.get("InputPath"):
        try:
            return json.dumps(_at(path, event))
        except LookupError as missing:
            raise InvalidInput(f"InputPath {path} is not in the event") from missing
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    values = _predefined(event, rule_arn, ingestion_time)
    for name, path in (transformer.get("InputPathsMap") or {}).items():
        try:
            values[name] = _at(path, event)
        except LookupError:
            continue
    return _render(transformer["InputTemplate"], values)
