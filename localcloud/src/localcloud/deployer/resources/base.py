"""Base of the resource types: one class per type, boto3 calls only."""

from __future__ import annotations

import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from localcloud.deployer.cloud import Cloud
from localcloud.deployer.errors import NotDeployedError, setting
from localcloud.deployer.schema import Schema, schema_of

#: Properties in camelCase, as Pulumi sends them: plain JSON data.
Properties = Mapping[str, Any]


class ResourceType(ABC):
    """How one Pulumi resource type is created, read, updated and deleted."""

    pulumi_type: ClassVar[str]
    #: Input properties that are sent to the service (`tags` is added where the schema has it).
    deployed: ClassVar[frozenset[str]]
    #: Of those, the ones that cannot be changed without replacing the resource.
    replaces: ClassVar[frozenset[str]] = frozenset()
    #: Properties that exist in the provider only, with their defaults.
    provider_only: ClassVar[Mapping[str, Any]] = {}
    #: JSON documents: compared by content, and accepted as objects.
    documents: ClassVar[frozenset[str]] = frozenset()
    #: Lists whose order has no meaning.
    sets: ClassVar[frozenset[str]] = frozenset()
    #: The property that names the resource; it is generated where the program leaves it out.
    named_by: ClassVar[str | None] = None

    @property
    def schema(self) -> Schema:
        """Property names according to pulumi-aws."""
        return schema_of(self.pulumi_type)

    @property
    def prefix_property(self) -> str | None:
        """The property that holds a prefix for a generated name, where pulumi-aws has one."""
        prefix = f"{self.named_by}Prefix"
        return prefix if prefix in self.schema.inputs else None

    @property
    def accepted(self) -> frozenset[str]:
        """All input properties that a program may set."""
        return (
            self.deployed | self.provider_only.keys() | ({"tags", self.prefix_property or "tags"} & self.schema.inputs)
        )

    def check(self, inputs: Properties) -> dict[str, Any]:
        """Return the inputs with documents as text. Raises NotDeployedError or InvalidInputError."""
        for name in inputs:
            if name not in self.accepted:
                raise NotDeployedError(name)
        checked = dict(inputs)
        for name in self.documents & checked.keys():
            if isinstance(checked[name], Mapping | list):
                checked[name] = json.dumps(checked[name])
        return checked

    def unique_name(self, logical_name: str, inputs: Properties) -> str:
        """Generate `<logical name>-<7 hex digits>`, or `<prefix><26 hex digits>`, as pulumi-aws does."""
        if (prefix := inputs.get(self.prefix_property or "")) is not None:
            return f"{prefix}{secrets.token_hex(13)}"
        return f"{logical_name}-{secrets.token_hex(4)[:7]}"

    def same(self, name: str, old: Any, new: Any) -> bool:
        """Whether two values of a property are equivalent."""
        if name in self.documents and isinstance(old, str) and isinstance(new, str):
            return _same_document(old, new)
        if name in self.sets and isinstance(old, list) and isinstance(new, list):
            return sorted(map(repr, old)) == sorted(map(repr, new))
        return bool(old == new)

    @abstractmethod
    def create(self, cloud: Cloud, inputs: Properties) -> str:
        """Create the resource and return its id."""

    @abstractmethod
    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        """Return the output properties as the service reports them; None when the resource does not exist."""

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        """Send the changed properties to the service."""
        raise NotImplementedError(f"{self.pulumi_type}: {', '.join(sorted(changed))} cannot be updated in place")

    @abstractmethod
    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        """Delete the resource; it is no error when it does not exist."""


def _same_document(old: str, new: str) -> bool:
    try:
        return bool(json.loads(old) == json.loads(new))
    except ValueError:
        return old == new


def pairs(tags: Properties) -> list[dict[str, str]]:
    """Tags as most services expect them: `[{"Key": k, "Value": v}]`."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def from_pairs(tags: list[dict[str, str]] | None) -> dict[str, str]:
    """Tags of `pairs` as a mapping, without those of AWS itself (`aws:`)."""
    return {tag["Key"]: tag["Value"] for tag in tags or [] if not tag["Key"].startswith("aws:")}


def retag(
    present: Properties, wanted: Properties, remove: Callable[[list[str]], Any], add: Callable[[Properties], Any]
) -> None:
    """Remove the keys that are not wanted, and set the others."""
    with setting("tags"):
        if surplus := sorted(present.keys() - wanted.keys()):
            remove(surplus)
        if wanted:
            add(wanted)


def given(inputs: Properties, **names: str) -> dict[str, Any]:
    """Request parameters from inputs: `given(inputs, Description="description")`, without absent ones."""
    return {api: inputs[name] for api, name in names.items() if inputs.get(name) is not None}
