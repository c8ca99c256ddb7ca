"""Create, change, replace or leave one resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from localcloud.deployer.changes import changed_properties, losses, needs_replacement, with_ignored
from localcloud.deployer.cloud import Cloud
from localcloud.deployer.deletion import refuse_protected
from localcloud.deployer.errors import DeployError
from localcloud.deployer.goals import Goal
from localcloud.deployer.providers import ProviderSettings
from localcloud.deployer.resources.base import ResourceType
from localcloud.deployer.results import Deployed, Registration
from localcloud.deployer.state import Record
from localcloud.deployer.values import UNKNOWN, Secret, plain

if TYPE_CHECKING:
    from localcloud.deployer.engine import Engine


@dataclass
class Step:
    """One resource on its way: what is wanted (`goal`, `inputs`) and what will be remembered (`record`)."""

    engine: Engine
    kind: ResourceType
    goal: Goal
    settings: ProviderSettings
    inputs: dict[str, Any]
    record: Record
    cloud: Cloud


def deploy_resource(engine: Engine, kind: ResourceType, goal: Goal) -> Registration:
    """Bring one resource to its goal. A resource that the state knows and the service does not is made anew."""
    known = engine.known_as(goal)
    settings = engine.settings_of(goal.provider)
    inputs, autonamed = _checked(kind, goal, known, settings)
    region = str(plain(inputs.get("region")) or settings.region)
    step = Step(
        engine, kind, goal, settings, inputs, _record_of(goal, region, autonamed), engine.cloud.in_region(region)
    )
    if known is None:
        return _create(step)
    told = kind.read(engine.cloud.in_region(known.region), known.id, known.inputs)
    if told is None:
        engine.warn(f"{goal.urn}: {known.id} is gone from the cloud, so it is made anew")
        return _create(step)
    step.record.id = known.id
    changed = changed_properties(kind, known, inputs, engine.state, goal.ignore_changes)
    if known.region != region:
        changed |= {"region"}
    if not changed:
        return _finish(step, "same", told=told)
    if needs_replacement(kind, goal, changed):
        return _replace(step, known, changed)
    if engine.preview:
        return _foresee(step, "update", changed, told)
    kind.update(step.cloud, known.id, plain(inputs), changed)
    return _finish(step, "update", changed)


def _record_of(goal: Goal, region: str, autonamed: bool) -> Record:
    return Record(
        urn=goal.urn,
        type=goal.type,
        name=goal.name,
        id="",
        custom=True,
        region=region,
        parent=goal.parent,
        dependencies=list(goal.dependencies),
        property_dependencies={name: list(urns) for name, urns in goal.property_dependencies.items()},
        protect=goal.protect,
        retain=bool(goal.retain),
        deleted_with=goal.deleted_with,
        autonamed=autonamed,
    )


def _checked(
    kind: ResourceType, goal: Goal, known: Record | None, settings: ProviderSettings
) -> tuple[dict[str, Any], bool]:
    """Inputs as they go to the service: checked, tagged, named; and whether the name was made up."""
    inputs = with_ignored(goal.inputs, known, goal.ignore_changes) if known else dict(goal.inputs)
    checked = kind.check(plain(inputs))
    for name in kind.documents & checked.keys():
        if isinstance(inputs[name], Mapping | list):
            inputs[name] = checked[name]
    if kind.schema.taggable:
        inputs["tagsAll"] = _all_tags(inputs.get("tags") or {}, settings)
    naming = kind.naming
    if naming is None or naming.property in inputs:
        return inputs, False
    if known is not None and known.autonamed:
        inputs[naming.property] = known.inputs[naming.property]
    else:
        inputs[naming.property] = naming.made_up(goal.name, plain(inputs))
    return inputs, True


def _all_tags(tags: Any, settings: ProviderSettings) -> Any:
    """The program's tags over the provider's; secret or unknown where the program's are so as a whole."""
    if isinstance(tags, Secret):
        return Secret({**settings.default_tags, **tags.value})
    return UNKNOWN if tags is UNKNOWN else {**settings.default_tags, **tags}


def _create(step: Step) -> Registration:
    if step.engine.preview:
        return _foresee(step, "create")
    step.record.id = step.kind.create(step.cloud, plain(step.inputs))
    return _finish(step, "create")


def _replace(step: Step, old: Record, changed: frozenset[str]) -> Registration:
    if not old.retain:
        refuse_protected([old])
    naming = step.kind.naming
    if naming and step.record.autonamed and old.autonamed:
        step.inputs[naming.property] = naming.made_up(step.goal.name, plain(step.inputs))
    if step.engine.preview:
        return _foresee(step, "replace", changed)
    wished = step.goal.delete_before_replace
    if wished if wished is not None else not step.record.autonamed:
        # one name cannot be used twice, so the old one goes first
        with step.engine.lock:
            _delete_with_dependants(step.engine, old)
        step.record.id = step.kind.create(step.cloud, plain(step.inputs))
    else:
        step.record.id = step.kind.create(step.cloud, plain(step.inputs))
        step.engine.state.retire(old)
    return _finish(step, "replace", changed)


def _delete_with_dependants(engine: Engine, record: Record) -> None:
    """Delete a resource, after those that would have to be replaced with it (they register later in this run)."""
    refuse_protected([record])
    for other in list(engine.state.records.values()):
        kind = engine.table.get(other.type)
        bound = kind is not None and any(
            record.urn in urns and name in kind.replaces for name, urns in other.property_dependencies.items()
        )
        if bound and other.urn != record.urn:
            _delete_with_dependants(engine, other)
    if not record.retain:
        engine.delete_resource(engine.table[record.type], record)
    engine.state.forget(record)


def _finish(
    step: Step,
    action: str,
    changed: frozenset[str] = frozenset(),
    told: Mapping[str, Any] | None = None,
) -> Registration:
    engine, record = step.engine, step.record
    record.inputs = engine.state.conceal(step.inputs)
    if told is None:
        if not engine.preview:
            engine.state.put(replace(record))  # what was made must not be forgotten when reading it back fails
        told = step.kind.read(step.cloud, record.id, plain(step.inputs))
    if told is None:
        raise DeployError(f"{record.urn}: the service does not know {record.id} right after it was made")
    outputs = engine.outputs_of(step.kind, step.goal, step.inputs, told, step.settings)
    for name in losses(step.kind, step.inputs, outputs):
        if name not in step.goal.ignore_changes:
            engine.warn(f"{record.urn}: the service does not tell {name} as it was sent")
    record.outputs = engine.state.conceal(outputs)
    if not engine.preview:
        engine.state.put(record)
    engine.note(Deployed(record.urn, record.type, record.name, record.id, action, tuple(sorted(changed))))
    return Registration(record.urn, record.id, outputs)


def _foresee(
    step: Step, action: str, changed: frozenset[str] = frozenset(), told: Mapping[str, Any] | None = None
) -> Registration:
    """A preview's answer: inputs are known, and in an update what stays; all else is not known yet."""
    outputs_declared = step.kind.schema.outputs
    known = {name: value for name, value in (told or {}).items() if name not in changed}
    known.update({name: value for name, value in plain(step.inputs).items() if name in outputs_declared})
    if step.record.autonamed and action != "update" and step.kind.naming:
        known.pop(step.kind.naming.property, None)  # a made-up name is another one at each run
    outputs = step.engine.outputs_of(step.kind, step.goal, step.inputs, known, step.settings)
    resource_id = step.record.id if action == "update" else ""
    step.engine.note(
        Deployed(step.goal.urn, step.goal.type, step.goal.name, resource_id, action, tuple(sorted(changed)))
    )
    return Registration(step.goal.urn, resource_id, outputs)
