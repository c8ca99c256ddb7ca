"""A function's resource policy (`AddPermission`): which service may invoke it, and from where."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

_INVOKE = "lambda:InvokeFunction"


def function_policy_allows(function_arn: str, principal: str, source_arn: str) -> bool:
    """Whether the function's policy lets `principal` (events.amazonaws.com...) invoke it for `source_arn`.

    False for a function that does not exist. Raises NotImplementedError for a condition that is not known here.
    """
    # imported late: clients of the console import this package too, and have no use for moto
    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.awslambda.models import lambda_backends

    _, _, _, region, account_id, *_ = function_arn.split(":")
    try:
        fn = lambda_backends[account_id][region].get_function(function_arn)
    except UnknownFunctionException:
        return False
    facts = {"aws:sourcearn": source_arn, "aws:sourceaccount": _account_of(source_arn) or account_id}
    return any(_allows(statement, principal, facts) for statement in fn.policy.statements)


def _account_of(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 4 else ""


def _allows(statement: Mapping[str, Any], principal: str, facts: Mapping[str, str]) -> bool:
    if statement.get("Effect", "Allow") != "Allow" or not fnmatchcase(_INVOKE, str(statement.get("Action"))):
        return False
    named = statement.get("Principal")
    services = named.get("Service", named.get("AWS")) if isinstance(named, dict) else named
    if services not in ("*", principal) and not (isinstance(services, list) and principal in services):
        return False
    conditions = statement.get("Condition") or {}
    return all(
        _holds(operator, key, wanted, facts) for operator, keys in conditions.items() for key, wanted in keys.items()
    )


def _holds(operator: str, key: str, wanted: str | list[str], facts: Mapping[str, str]) -> bool:
    fact = facts.get(key.lower())
    if fact is None:
        raise NotImplementedError(f"condition key {key} of a function policy")
    values = [wanted] if isinstance(wanted, str) else wanted
    if operator in ("StringEquals", "ArnEquals"):
        return fact in values
    if operator in ("StringLike", "ArnLike"):
        return any(fnmatchcase(fact, pattern.replace("[", "[[]")) for pattern in values)
    raise NotImplementedError(f"condition operator {operator} of a function policy")
