"""IAM policy documents, as far as services evaluate them here.

Resource policies: statements with a service principal, wildcards in actions and resources, and the conditions that
name the source. Trust policies: which service may assume a role. Other elements and conditions fail by name.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Access:
    """A service that acts on a resource on behalf of another resource."""

    principal: str
    action: str
    resource: str
    source_arn: str
    source_account: str

    def keys(self) -> Mapping[str, str]:
        """Condition keys in lower case, as they are compared."""
        return {
            "aws:sourcearn": self.source_arn,
            "aws:sourceaccount": self.source_account,
            "aws:principalservicename": self.principal,
            "aws:securetransport": "true",
        }


def allows(statements: Iterable[Mapping[str, Any]], access: Access) -> bool:
    """Return whether a resource policy allows the access: an Allow and no Deny. Raises NotImplementedError."""
    effects = {statement["Effect"] for statement in statements if _applies(statement, access)}
    return effects == {"Allow"}


def trusts(document: str | Mapping[str, Any], service: str) -> bool:
    """Return whether a trust policy lets a service assume the role. Conditions are not evaluated."""
    policy = json.loads(document or "{}") if isinstance(document, str) else document
    for statement in _many(policy.get("Statement", [])):
        principal = statement.get("Principal", {})
        services = _many(principal.get("Service", [])) if isinstance(principal, Mapping) else []
        actions = {"sts:AssumeRole", "sts:*", "*"} & set(_many(statement.get("Action", [])))
        if statement.get("Effect") == "Allow" and service in services and actions:
            return True
    return False


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _like(value: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "ArnEquals": _like,
    "ArnLike": _like,
    "StringEquals": lambda value, wanted: value == wanted,
    "StringLike": _like,
    "Bool": lambda value, wanted: value == wanted.lower(),
}


def _applies(statement: Mapping[str, Any], access: Access) -> bool:
    for element in ("NotPrincipal", "NotAction", "NotResource"):
        if element in statement:
            raise NotImplementedError(f"policy element {element}")
    principal = statement.get("Principal")
    services = _many(principal.get("Service", [])) if isinstance(principal, Mapping) else []
    anyone = principal == "*" or (isinstance(principal, Mapping) and "*" in _many(principal.get("AWS", [])))
    if not anyone and access.principal not in services:
        return False
    action = access.action.lower()
    return (
        any(_like(action, str(one).lower()) for one in _many(statement.get("Action", [])))
        and any(_like(access.resource, str(one)) for one in _many(statement.get("Resource", [])))
        and all(_holds(operator, keys, access) for operator, keys in statement.get("Condition", {}).items())
    )


def _holds(operator: str, keys: Mapping[str, Any], access: Access) -> bool:
    compare = _OPERATORS.get(operator)
    if compare is None:
        raise NotImplementedError(f"policy condition {operator}")
    for key, wanted in keys.items():
        value = access.keys().get(key.lower())  # None: not sent by a service principal, such as aws:SourceOwner
        if value is None or not any(compare(value, str(one)) for one in _many(wanted)):
            return False
    return True
