"""What every resource type of the table is: one class per type, boto3 calls only."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from localcloud.deployer.cloud import Cloud
from localcloud.deployer.errors import NotDeployed
from localcloud.deployer.naming import Naming
from localcloud.deployer.schema import Schema, schema_of

#: Properties in camelCase, as Pulumi sends them: plain JSON data, secrets opened.
Properties = Mapping[str, Any]


class ResourceType(ABC):
    """How one Pulumi resource type is made, read, changed and removed.

    `create` returns the resource's id; `read` returns the output properties as the service tells them, or None
    when the service does not have the resource; `update` is told which properties changed.
    """

    pulumi_type: ClassVar[str]
    #: Input properties that are carried to the service (`tags` and `region` are added where the schema has them).
    deployed: ClassVar[frozenset[str]]
    #: Of those, the ones whose change demands a new resource.
    replaces: ClassVar[frozenset[str]] = frozenset()
    #: Properties that live in the provider and not in the service, with their defaults.
    provider_only: ClassVar[Mapping[str, Any]] = {}
    #: JSON documents: compared by content, and accepted as objects.
    documents: ClassVar[frozenset[str]] = frozenset()
    #: Lists whose order means nothing.
    sets: ClassVar[frozenset[str]] = frozenset()
    naming: ClassVar[Naming | None] = None

    @property
    def schema(self) -> Schema:
        """Property names according to pulumi-aws."""
        return schema_of(self.pulumi_type)

    @property
    def accepted(self) -> frozenset[str]:
        """All input properties that a program may set."""
        common = {"tags", "region"} & self.schema.inputs
        names = {self.naming.prefix_property} if self.naming and self.naming.prefix_property else set()
        return self.deployed | self.provider_only.keys() | common | (names & self.schema.inputs)

    def check(self, inputs: Properties) -> dict[str, Any]:
        """Refuse what is not deployed; bring documents to text. Raises NotDeployed or WrongInput."""
        for name in inputs:
            if name not in self.accepted:
                raise NotDeployed(name)
        checked = dict(inputs)
        for name in self.documents & checked.keys():
            if isinstance(checked[name], Mapping | list):
                checked[name] = json.dumps(checked[name])
        return checked

    def same(self, name: str, old: Any, new: Any) -> bool:
        """Whether two values of a property mean the same."""
        if name in self.documents and isinstance(old, str) and isinstance(new, str):
            return same_document(old, new)
        if name in self.sets and isinstance(old, list) and isinstance(new, list):
            return sorted(map(repr, old)) == sorted(map(repr, new))
        return bool(old == new)

    @abstractmethod
    def create(self, cloud: Cloud, inputs: Properties) -> str:
        """Make the resource; returns its id."""

    @abstractmethod
    def read(self, cloud: Cloud, resource_id: str, inputs: Properties) -> dict[str, Any] | None:
        """Output properties from the service; None when it does not exist."""

    def update(self, cloud: Cloud, resource_id: str, inputs: Properties, changed: frozenset[str]) -> None:
        """Bring the changed properties to the service."""
        raise NotImplementedError(f"{self.pulumi_type}: {', '.join(sorted(changed))} cannot be updated in place")

    @abstractmethod
    def delete(self, cloud: Cloud, resource_id: str, inputs: Properties) -> None:
        """Remove the resource; one that is gone already is no error. Secrets in `inputs` may be hashes."""


def same_document(old: str, new: str) -> bool:
    """Whether two texts hold the same JSON."""
    try:
        return bool(json.loads(old) == json.loads(new))
    except ValueError:
        return old == new


def pairs(tags: Properties) -> list[dict[str, str]]:
    """Tags as most services want them: `[{"Key": k, "Value": v}]`."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def from_pairs(tags: list[dict[str, str]] | None) -> dict[str, str]:
    """Tags as most services tell them, as a mapping; AWS's own (`aws:`) are not the program's."""
    return {tag["Key"]: tag["Value"] for tag in tags or [] if not tag["Key"].startswith("aws:")}


def given(inputs: Properties, **names: str) -> dict[str, Any]:
    """Request parameters from inputs: `given(inputs, Description="description")`, absent ones left out."""
    return {api: inputs[name] for api, name in names.items() if inputs.get(name) is not None}
