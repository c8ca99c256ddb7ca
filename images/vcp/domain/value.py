"""The base class of all immutable values of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Self, TypeVar, dataclass_transform

from msgspec import Struct, StructMeta, ValidationError, convert, field
from msgspec.structs import fields, force_setattr, replace


class _Values(StructMeta):
    """Give every subclass the same Struct options: msgspec inherits only some of them, type checkers none."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> _Values:
        options = {"frozen": True, "kw_only": True, "forbid_unknown_fields": True, **options}
        return super().__new__(mcls, name, bases, namespace, **options)

    def __call__(cls, *args: Any, **fields: Any) -> Any:
        return _checked(super().__call__(*args, **fields))


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
class Value(Struct, metaclass=_Values, frozen=True):
    """An immutable value without unknown fields, each field checked against its type and bounds.

    msgspec checks only what it decodes (`msgspec.convert`, `msgspec.json.decode`). A value that the program builds, by
    a call or by `but`, is checked here just as strictly, so that nothing invalid reaches the ledger. Rules between
    fields belong in `__post_init__`, which runs in both cases.

    Modules of types in the ledger's record do without `from __future__ import annotations`: otherwise msgspec compiles
    the annotations of some 140 fields when it reads the first record, 3 ms of every cold start.

    Raises `msgspec.ValidationError`, which names class and field.
    """

    def but(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, validated again. Raises `TypeError` for an unknown field."""
        return _checked(replace(self, **changes))


def read(given: object, kind: Any, *, strict: bool = True) -> Any:
    """Convert like `msgspec.convert`, and raise `msgspec.ValidationError` for text that is not valid UTF-8 as well."""
    try:
        return convert(given, kind, strict=strict)
    except UnicodeError as error:
        raise ValidationError(str(error)) from error


V = TypeVar("V", bound=Value)


def _checked(value: V) -> V:
    """Return the value with its fields converted as msgspec decodes them. Raises `msgspec.ValidationError`."""
    for name, kind in kinds_of(type(value)).items():
        given = getattr(value, name)
        try:
            checked = read(given, kind)
        except ValidationError as error:
            raise ValidationError(f"{type(value).__name__}.{name}: {error}") from None
        if checked is not given:
            force_setattr(value, name, checked)
    return value


@cache
def kinds_of(model: type[Struct]) -> Mapping[str, Any]:
    """Map each field to its type with bounds, in the order of the fields."""
    return {each.name: each.type for each in fields(model)}
