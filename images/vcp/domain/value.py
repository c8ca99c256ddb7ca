"""What all values of the domain have in common."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Self, TypeVar, dataclass_transform

from msgspec import Struct, StructMeta, ValidationError, convert, field
from msgspec.structs import fields, force_setattr, replace


class _Values(StructMeta):
    """What every class of values is, without saying so: msgspec hands on only some of it, type checkers none."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> _Values:
        options = {"frozen": True, "kw_only": True, "forbid_unknown_fields": True, **options}
        return super().__new__(mcls, name, bases, namespace, **options)

    def __call__(cls, *args: Any, **fields: Any) -> Any:
        return _checked(super().__call__(*args, **fields))


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
class Value(Struct, metaclass=_Values, frozen=True):
    """An immutable value without fields that nobody knows, each checked against its type and bounds.

    msgspec checks what it reads (`msgspec.convert`, `msgspec.json.decode`), which calls no class; a value that the
    program itself makes, by calling one or by `but`, is checked here as strictly, so that nothing wrong gets as far as
    the ledger. What must hold between fields stands in `__post_init__`, which both come by.

    The modules of what is in the ledger's record do without `from __future__ import annotations`: msgspec would compile
    the text of each of some 140 fields when the first record is read, 3 ms of every cold start.

    Raises `msgspec.ValidationError`, which names class and field.
    """

    def but(self, **changes: Any) -> Self:
        """The same value with some fields changed, checked anew. Raises `TypeError` for a field that it has not."""
        return _checked(replace(self, **changes))


def read(given: object, kind: Any, *, strict: bool = True) -> Any:
    """`msgspec.convert`, which reads text as UTF-8 and breaks at half a character: that is wrong like all else here.

    Raises `msgspec.ValidationError`.
    """
    try:
        return convert(given, kind, strict=strict)
    except UnicodeError as error:
        raise ValidationError(str(error)) from error


V = TypeVar("V", bound=Value)


def _checked(value: V) -> V:
    """The value, its fields as msgspec would have read them. Raises `msgspec.ValidationError`."""
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
    """Field -> type with its bounds, in the order of the fields."""
    return {each.name: each.type for each in fields(model)}
