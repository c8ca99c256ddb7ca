"""Answers: under which names a member of an answer may lie in a dictionary is found out once, not for every member.

moto puts five questions to each member of each structure that it answers with, the members that are not there among
them: a third of what the local cloud computed went into an item's attribute values, each a structure of ten members.
For a dictionary the answers depend on the shape alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from moto.core.serialize import AttributePicker, XFormedAttributePicker

from localcloud.hooks.patching import replace_function

#: Where a shape keeps the names, beside the parent that moto keeps there.
_KEPT = "_possible_keys"
_Picking = Callable[[Any, Any], Iterable[str]]


def _once(original: _Picking) -> _Picking:
    def get_possible_keys(self: Any, context: Any) -> Iterable[str]:
        shape = context.shape
        if type(context.obj) is not dict or shape is None:  # a class may name its own
            return original(self, context)
        kept: dict[Any, tuple[str, ...]] = vars(shape).setdefault(_KEPT, {})
        parent = getattr(shape, "parent", None)
        about = (type(self), *self.alias_providers, context.key, parent)
        if about not in kept:
            kept[about] = tuple(dict.fromkeys(original(self, context)))
        return kept[about]

    return get_possible_keys


def install() -> None:
    for picker in (AttributePicker, XFormedAttributePicker):
        replace_function(picker, "get_possible_keys", "self context", _once)
