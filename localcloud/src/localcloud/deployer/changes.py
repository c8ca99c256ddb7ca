"""What differs between a resource as it was deployed and as the program wants it now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from localcloud.deployer.goals import Goal
from localcloud.deployer.resources.base import ResourceType
from localcloud.deployer.state import Record, State, has_concealed
from localcloud.deployer.values import plain

_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|\.?([^.\[\]]+)')


def changed_properties(
    kind: ResourceType, record: Record, inputs: Mapping[str, Any], state: State, ignored: tuple[str, ...]
) -> frozenset[str]:
    """Names of the input properties whose values differ. Secrets are compared by their hashes."""
    names = set(record.inputs) | set(inputs)
    if kind.schema.taggable:
        names.discard("tags")  # tagsAll tells all, with the provider's default tags
    changed = set()
    for name in names - {path for path in ignored if path in names}:
        old, new = record.inputs.get(name), inputs.get(name)
        if has_concealed(old):
            if state.conceal(new) != old:
                changed.add(name)
        elif not kind.same(name, old, plain(new)):
            changed.add(name)
    return frozenset(changed)


def with_ignored(inputs: Mapping[str, Any], record: Record, paths: tuple[str, ...]) -> dict[str, Any]:
    """The inputs with the old values at the paths of `ignoreChanges`.

    A property that is ignored whole and was a secret keeps its new value (the old one is not known any more) and
    is left out of the comparison instead.
    """
    result: dict[str, Any] = dict(inputs)
    for path in paths:
        steps = [quoted or index or name for quoted, index, name in _STEP.findall(path)]
        if not steps or has_concealed(record.inputs.get(steps[0])):
            continue
        result = _put_back(result, record.inputs, steps)
    return result


def _put_back(new: Any, old: Any, steps: list[str]) -> Any:
    step, rest = steps[0], steps[1:]
    if isinstance(new, list) and isinstance(old, list):
        chosen = range(len(new)) if step == "*" else [int(step)] if step.isdigit() else []
        rebuilt = list(new)
        for index in chosen:
            if index < len(new) and index < len(old):
                rebuilt[index] = _put_back(new[index], old[index], rest) if rest else old[index]
        return rebuilt
    if not isinstance(new, Mapping) or not isinstance(old, Mapping):
        return new
    result = dict(new)
    for name in set(new) | set(old) if step == "*" else {step}:
        if rest and name in new and name in old:
            result[name] = _put_back(new[name], old[name], rest)
        elif not rest and name in old:
            result[name] = old[name]
        elif not rest:
            result.pop(name, None)
    return result


def needs_replacement(kind: ResourceType, goal: Goal, changed: frozenset[str]) -> bool:
    """Whether these changes cannot be made in place, by the service's rules or by the program's wish."""
    wished = {path.split(".")[0].split("[")[0] for path in goal.replace_on_changes}
    prefix = {kind.naming.prefix_property} if kind.naming else set()
    return bool(changed & (kind.replaces | prefix | {"region"} | wished)) or bool("*" in wished and changed)


def losses(kind: ResourceType, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> list[str]:
    """Properties that the service tells differently from what it was sent: it dropped or changed them."""
    found = []
    for name in sorted(kind.deployed & inputs.keys() & outputs.keys()):
        sent, told = plain(inputs[name]), plain(outputs[name])
        if not _kept(sent, told) and not kind.same(name, sent, told):
            found.append(name)
    return found


def _kept(sent: Any, told: Any) -> bool:
    if isinstance(sent, Mapping) and isinstance(told, Mapping):
        return all(_kept(item, told.get(key)) for key, item in sent.items())
    if isinstance(sent, list) and isinstance(told, list):
        return len(sent) == len(told) and all(map(_kept, sent, told))
    # what is left empty reads back as absent
    return bool(sent == told) or (told is None and sent in ("", False, [], {}))
