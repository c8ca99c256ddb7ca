"""Resource policies: may a service deliver for one resource to another?

Enough of IAM for what event sources need: statements with a service principal, wildcards in actions and resources,
and the conditions that name the source. Anything else in a condition is refused by name.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Delivery:
    """One service that wants to do one thing to one resource, for the sake of another resource."""

    principal: str
    action: str
    resource: str
    source_arn: str
    source_account: str

    def keys(self) -> Mapping[str, str]:
        """Condition keys, lower case, as condition keys are compared."""
        return {
            "aws:sourcearn": self.source_arn,
            "aws:sourceaccount": self.source_account,
            "aws:principalservicename": self.principal,
            "aws:securetransport": "true",
        }


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _like(value: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "ArnEquals": _like,
    "ArnLike": _like,
    "StringEquals": lambda value, wanted: value == wanted,
    "StringLike": _like,
    "Bool": lambda value, wanted: value == wanted.lower(),
}


def _holds(condition: Mapping[str, Mapping[str, Any]], delivery: Delivery) -> bool:
    for operation, tests in condition.items():
        test = _TESTS.get(operation.removesuffix("IfExists"))
        if test is None:
            raise NotImplementedError(f"policy condition {operation} is not evaluated here")
        for key, wanted in tests.items():
            value = delivery.keys().get(key.lower())
            if value is None:
                if operation.endswith("IfExists"):
                    continue
                return False  # a key that a service principal's call does not carry, such as aws:SourceOwner
            if not any(test(value, str(one)) for one in _many(wanted)):
                return False
    return True


def _concerns(statement: Mapping[str, Any], delivery: Delivery) -> bool:
    for element in ("NotPrincipal", "NotAction", "NotResource"):
        if element in statement:
            raise NotImplementedError(f"policy element {element} is not evaluated here")
    principal = statement.get("Principal")
    services = _many(principal.get("Service", [])) if isinstance(principal, Mapping) else []
    anyone = principal == "*" or (isinstance(principal, Mapping) and "*" in _many(principal.get("AWS", [])))
    if not anyone and delivery.principal not in services:
        return False
    action = delivery.action.lower()
    return (
        any(_like(action, str(one).lower()) for one in _many(statement.get("Action", [])))
        and any(_like(delivery.resource, str(one)) for one in _many(statement.get("Resource", [])))
        and _holds(statement.get("Condition", {}), delivery)
    )


def allows(statements: Iterable[Mapping[str, Any]], delivery: Delivery) -> bool:
    """Whether the statements of a resource's policy allow a delivery: one Allow and no Deny."""
    effects = {statement["Effect"] for statement in statements if _concerns(statement, delivery)}
    return effects == {"Allow"}
