"""Two-way mapping between a resource type's nested properties and the service's request shapes.

One table serves both directions: what is sent, and what is read back. A nested property without an entry is
refused by its path, never dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.deployer.errors import NotDeployed, WrongInput


@dataclass(frozen=True)
class Field:
    """One property: its name at the service, and its shape when it is an object.

    `many`: a list of such objects. `number_as_text`: Pulumi has it as text, the service as a number.
    """

    api: str
    shape: Shape | None = None
    many: bool = False
    number_as_text: bool = False


class Shape:
    """Properties of one object, keyed by their Pulumi names."""

    def __init__(self, **fields: str | Field) -> None:
        self.fields = {name: Field(field) if isinstance(field, str) else field for name, field in fields.items()}

    def to_api(self, value: Mapping[str, Any], path: str) -> dict[str, Any]:
        """Pulumi -> service. Null properties are left out; an unknown one raises NotDeployed with its path."""
        if not isinstance(value, Mapping):
            raise WrongInput(f"property {path} is {value!r}; an object is expected")
        request: dict[str, Any] = {}
        for name, item in value.items():
            if item is None:
                continue
            here = f"{path}.{name}" if path else name
            field = self.fields.get(name)
            if field is None:
                raise NotDeployed(here)
            request[field.api] = _item_to_api(field, item, here)
        return request

    def from_api(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Service -> Pulumi, for the properties that the answer holds."""
        properties: dict[str, Any] = {}
        for name, field in self.fields.items():
            if field.api not in answer:
                continue
            item = answer[field.api]
            if field.shape is not None and item is not None:
                many, shape = field.many, field.shape
                item = [shape.from_api(element) for element in item] if many else shape.from_api(item)
            elif field.number_as_text and item is not None:
                item = str(item)
            properties[name] = item
        return properties


def _item_to_api(field: Field, item: Any, path: str) -> Any:
    if field.shape is None:
        return int(item) if field.number_as_text else item
    if not field.many:
        return field.shape.to_api(item, path)
    if not isinstance(item, list):
        raise WrongInput(f"property {path} is {item!r}; a list is expected")
    return [field.shape.to_api(element, f"{path}[{index}]") for index, element in enumerate(item)]


def one(api: str, **fields: str | Field) -> Field:
    """A nested object."""
    return Field(api, Shape(**fields))


def many(api: str, **fields: str | Field) -> Field:
    """A list of nested objects."""
    return Field(api, Shape(**fields), many=True)
