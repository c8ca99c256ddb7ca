"""A stack in a disposable cloud: create each resource once, and destroy them all."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from pulumi.runtime.rpc import UNKNOWN

from localcloud.deployer.cloud import Cloud
from localcloud.deployer.errors import (
    DeployError,
    InvalidInputError,
    NotDeployedError,
    RejectedPropertyError,
    ServiceError,
    UnknownPropertyError,
    UnknownResourceTypeError,
    message_of,
)
from localcloud.deployer.resources.base import Properties, ResourceType
from localcloud.deployer.resources.table import TABLE

#: What the SDK inserts for an Output that a program formats into a string.
_FORMATTED_OUTPUT: Final = "Calling __str__ on an Output[T] is not supported"
#: Shorter secrets occur in other texts by chance ("true", "eu").
_MIN_SECRET_LENGTH: Final = 8


@dataclass(frozen=True)
class Registration:
    """A resource as the program declares it. An input that depends on an output not read back holds `UNKNOWN`.

    `dependencies`: the URNs that each input property depends on.
    """

    urn: str
    type: str
    name: str
    inputs: Properties
    dependencies: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Created:
    """A resource that exists. `inputs` are those that went to the service, `outputs` those that it reported."""

    type: str
    name: str
    id: str
    inputs: Properties
    outputs: Properties


class Stack:
    """The resources of one run of a program. Safe for use from several threads.

    Args:
        default_tags: tags that every taggable resource gets.
        secrets: texts that must not appear in an error.
    """

    def __init__(self, cloud: Cloud, default_tags: Mapping[str, str], secrets: frozenset[str]) -> None:
        self.cloud = cloud
        #: In the order of creation: each resource after those that it depends on.
        self.resources: list[Created] = []
        self.outputs: Mapping[str, Any] = {}
        self._default_tags = default_tags
        self._secrets = secrets
        self._registrations: dict[str, Registration] = {}
        self._lock = threading.Lock()

    def create(self, registration: Registration) -> Created:
        """Create one resource, and read its outputs from the service. Raises DeployError."""
        with self._lock:
            if registration.urn in self._registrations:
                raise DeployError(f"{registration.urn} is declared twice; names must differ within a type and parent")
            self._registrations[registration.urn] = registration
        kind = TABLE.get(registration.type)
        if kind is None:
            raise UnknownResourceTypeError(
                f"{registration.type} is not something the local cloud can deploy ({registration.urn})"
            )
        self._check_values(registration)
        try:
            inputs = self._complete(kind, registration)
            resource_id = kind.create(self.cloud, inputs)
            read = kind.read(self.cloud, resource_id, inputs)
        except (
            ClientError,
            BotoCoreError,
            RejectedPropertyError,
            NotDeployedError,
            InvalidInputError,
        ) as error:
            raise self._explain(registration, kind, error) from error
        if read is None:
            raise DeployError(f"{registration.urn}: the service does not know {resource_id} right after its creation")
        outputs = self._outputs(kind, inputs, read)
        created = Created(registration.type, registration.name, resource_id, inputs, outputs)
        with self._lock:
            self.resources.append(created)
        return created

    def export(self, outputs: Mapping[str, Any]) -> None:
        """Set the stack's outputs. Raises UnknownPropertyError for one that is not read back."""
        for name, value in outputs.items():
            if any(leaf == UNKNOWN for _, leaf in _leaves(value)):
                raise UnknownPropertyError(
                    f"stack output {name} needs an output property that the local cloud does not read back"
                )
            _reject_formatted_outputs("stack output", name, value)
        self.outputs = outputs

    def destroy(self) -> None:
        """Delete all resources, each before those that it depends on."""
        for created in reversed(self.resources):
            TABLE[created.type].delete(self.cloud, created.id, created.inputs)
        self.resources.clear()

    def _complete(self, kind: ResourceType, registration: Registration) -> dict[str, Any]:
        """The inputs as they go to the service: checked, tagged and named."""
        inputs = kind.check(registration.inputs)
        if kind.schema.taggable:
            inputs["tagsAll"] = {**self._default_tags, **inputs.get("tags", {})}
        if kind.named_by is not None and kind.named_by not in inputs:
            inputs[kind.named_by] = kind.unique_name(registration.name, inputs)
        return inputs

    def _outputs(self, kind: ResourceType, inputs: Properties, read: Properties) -> dict[str, Any]:
        """All output properties that pulumi-aws declares: `UNKNOWN` for those that are not read back."""
        outputs: dict[str, Any] = dict.fromkeys(kind.schema.outputs, UNKNOWN)
        outputs |= {name: inputs.get(name, default) for name, default in kind.provider_only.items()}
        if kind.prefix_property is not None:
            outputs[kind.prefix_property] = inputs.get(kind.prefix_property)
        if "region" in kind.schema.outputs:
            outputs["region"] = self.cloud.region
        outputs |= read
        if kind.schema.taggable:
            own, default = inputs.get("tags", {}), self._default_tags
            outputs["tags"] = {
                key: value for key, value in read["tagsAll"].items() if key in own or default.get(key) != value
            }
        return outputs

    def _check_values(self, registration: Registration) -> None:
        for name, value in registration.inputs.items():
            _reject_formatted_outputs(registration.urn, name, value)
            if any(leaf == UNKNOWN for _, leaf in _leaves(value)):
                types = {
                    self._registrations[urn].type
                    for urn in registration.dependencies.get(name, ())
                    if urn in self._registrations
                }
                raise UnknownPropertyError(
                    f"{registration.urn}: property {name} needs an output that the local cloud does not read back, "
                    f"of {' or '.join(sorted(types)) or 'a resource that it depends on'}"
                )

    def _explain(self, registration: Registration, kind: ResourceType, error: Exception) -> DeployError:
        """The error as a sentence with URN, property and the service's message, without secrets."""
        if isinstance(error, NotDeployedError):
            nested = "." in error.path or "[" in error.path
            hint = "" if nested or error.path in kind.schema.inputs else ", nor known to pulumi-aws"
            return UnknownPropertyError(
                f"{registration.type}: property {error.path} is not deployed{hint} ({registration.urn})"
            )
        text = message_of(error) if isinstance(error, ClientError | BotoCoreError) else str(error)
        for secret in self._secrets:
            if len(secret) >= _MIN_SECRET_LENGTH:
                text = text.replace(secret, "[secret]")
        error_type = DeployError if isinstance(error, InvalidInputError) else ServiceError
        return error_type(f"{registration.urn}: cannot deploy: {text}")


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every single value with its path (`rules[0].expiration.days`)."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def _reject_formatted_outputs(where: str, name: str, value: Any) -> None:
    for path, leaf in _leaves(value, name):
        if isinstance(leaf, str) and _FORMATTED_OUTPUT in leaf:
            raise DeployError(f"{where}: {path} has an Output formatted as text; use Output.concat or apply instead")
