"""What the program asks for: one registration, taken from the SDK's raw request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pulumi.runtime.proto import resource_pb2

from localcloud.deployer.errors import DeployError
from localcloud.deployer.values import decode, without_nulls

STACK_TYPE: Final = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Goal:
    """A resource as the program wants it. `inputs` may hold Secret and UNKNOWN; nulls are dropped."""

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: Mapping[str, Any]
    dependencies: tuple[str, ...]
    property_dependencies: Mapping[str, tuple[str, ...]]
    provider: str
    protect: bool
    retain: bool | None
    ignore_changes: tuple[str, ...]
    replace_on_changes: tuple[str, ...]
    delete_before_replace: bool | None
    deleted_with: str
    aliases: tuple[str, ...]
    additional_secret_outputs: frozenset[str]


def urn_of(stack: str, project: str, parent: str, type_token: str, name: str) -> str:
    """The engine's rule for URNs: the types of all parents but the stack, joined by `$`."""
    qualified = parent.split("::", 3)[2] if parent else ""
    prefix = "" if qualified in ("", STACK_TYPE) else qualified + "$"
    return f"urn:pulumi:{stack}::{project}::{prefix}{type_token}::{name}"


def goal_of(request: resource_pb2.RegisterResourceRequest, urn: str) -> Goal:
    """Decode a registration; options that cannot be honoured are refused by name."""
    for option, present in {
        "import_": bool(request.importId),
        "replace_with": bool(request.replace_with),
        "replacement_trigger": request.HasField("replacement_trigger"),
        "env_var_mappings": bool(request.envVarMappings),
    }.items():
        if present:
            raise DeployError(f"{urn}: resource option {option} is not something the local cloud can honour")
    if request.remote:
        raise DeployError(f"{urn}: components of other languages ({request.type}) cannot be deployed")
    return Goal(
        urn=urn,
        type=request.type,
        name=request.name,
        parent=request.parent,
        custom=request.custom,
        inputs=without_nulls(decode(request.object)),
        dependencies=tuple(sorted(request.dependencies)),
        property_dependencies={
            name: tuple(sorted(dependencies.urns)) for name, dependencies in request.propertyDependencies.items()
        },
        provider=request.provider,
        protect=bool(request.protect),
        retain=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        deleted_with=request.deletedWith,
        aliases=tuple(request.aliasURNs),
        additional_secret_outputs=frozenset(request.additionalSecretOutputs),
    )
