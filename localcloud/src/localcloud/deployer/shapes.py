"""Two-way mapping between a resource type's nested properties and the service's request shapes.

One table serves both directions. A nested property without an entry is rejected by its path, never dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.deployer.errors import InvalidInputError, NotDeployedError


@dataclass(frozen=True)
class Field:
    """One property: its name at the service, and its shape when it is an object (`many`: a list of objects)."""

    api: str
    shape: Shape | None = None
    many: bool = False


class Shape:
    """Properties of one object, keyed by their Pulumi names."""

    def __init__(self, **fields: str | Field) -> None:
        self.fields = {name: Field(field) if isinstance(field, str) else field for name, field in fields.items()}

    def request(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Pulumi -> service, for a resource's own properties; inputs that are not of this shape are left out."""
        return self.to_api({name: inputs[name] for name in self.fields if name in inputs}, "")

    def to_api(self, value: Mapping[str, Any], path: str) -> dict[str, Any]:
        """Pulumi -> service. Raises NotDeployedError with the path of an unknown property."""
        if not isinstance(value, Mapping):
            raise InvalidInputError(f"property {path} is {value!r}; an object is expected")
        request: dict[str, Any] = {}
        for name, item in value.items():
            here = f"{path}.{name}" if path else name
            field = self.fields.get(name)
            if field is None:
                raise NotDeployedError(here)
            request[field.api] = _item_to_api(field, item, here)
        return request

    def from_api(self, response: Mapping[str, Any]) -> dict[str, Any]:
        """Service -> Pulumi, for the properties in the response."""
        properties: dict[str, Any] = {}
        for name, field in self.fields.items():
            if field.api not in response:
                continue
            item, shape = response[field.api], field.shape
            if shape is not None and item is not None:
                item = [shape.from_api(element) for element in item] if field.many else shape.from_api(item)
            properties[name] = item
        return properties


def _item_to_api(field: Field, item: Any, path: str) -> Any:
    if field.shape is None:
        return item
    if not field.many:
        return field.shape.to_api(item, path)
    if not isinstance(item, list):
        raise InvalidInputError(f"property {path} is {item!r}; a list is expected")
    return [field.shape.to_api(element, f"{path}[{index}]") for index, element in enumerate(item)]


def one(api: str, **fields: str | Field) -> Field:
    """A nested object."""
    return Field(api, Shape(**fields))


def many(api: str, **fields: str | Field) -> Field:
    """A list of nested objects."""
    return Field(api, Shape(**fields), many=True)
