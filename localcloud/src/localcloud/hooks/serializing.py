"""Responses: determine the possible names of a member once per shape, not for every value.

moto checks five conditions for each member of each structure in a response, absent members included: a third of the
local cloud's CPU time went into the attribute values of items, each a structure of ten members. For a dictionary the
result depends on the shape only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from moto.core.serialize import AttributePicker, XFormedAttributePicker

from localcloud.hooks.patching import replace_function

#: The attribute of a shape that caches the names; moto keeps the parent of a shape the same way.
_CACHE = "_possible_keys"
_Picking = Callable[[Any, Any], Iterable[str]]


def _once(original: _Picking) -> _Picking:
    def get_possible_keys(self: Any, context: Any) -> Iterable[str]:
        shape = context.shape
        if type(context.obj) is not dict or shape is None:  # a class may define aliases
            return original(self, context)
        cache: dict[Any, tuple[str, ...]] = vars(shape).setdefault(_CACHE, {})
        parent = getattr(shape, "parent", None)
        about = (type(self), *self.alias_providers, context.key, parent)
        if about not in cache:
            cache[about] = tuple(dict.fromkeys(original(self, context)))
        return cache[about]

    return get_possible_keys


def install() -> None:
    for picker in (AttributePicker, XFormedAttributePicker):
        replace_function(picker, "get_possible_keys", "self context", _once)
