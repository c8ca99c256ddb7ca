"""Run the foundation's program under Pulumi's mocks, and evaluate its policies like IAM."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import yaml

from foundation.github import AUDIENCE, HOST
from foundation.names import PROJECT, STACK
from tests.infra.harness import ACCOUNT, REGION, ROOT, Registered, Run, as_text, run_program

REPOSITORY = {"repository": "studio/pipeline", "ownerId": "1234", "repositoryId": "5678"}
Statement = Mapping[str, Any]


def declarations() -> dict[str, dict[str, Any]]:
    """The `config` block of foundation/Pulumi.yaml."""
    block: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "foundation/Pulumi.yaml").read_text("utf-8"))["config"]
    return block


def run(given: Mapping[str, str | None] | None = None, into: Run | None = None) -> Run:
    """Run the program with the defaults of its Pulumi.yaml and `given`; None removes a key."""
    defaults = {key: as_text(entry["default"]) for key, entry in declarations().items()}
    merged: dict[str, str | None] = {**defaults, "aws:region": REGION, **(given or {})}
    values = {key if ":" in key else f"{PROJECT}:{key}": value for key, value in merged.items() if value is not None}
    return run_program(_program, values, PROJECT, STACK, into if into is not None else Run())


def _program() -> None:
    runpy.run_path(str(ROOT / "foundation/__main__.py"))


def statements(made: Run, role: str) -> list[Statement]:
    """Return all statements of a role's policies."""
    attached = {
        a.inputs["policyArn"]
        for a in made.of("iam/rolePolicyAttachment:RolePolicyAttachment")
        if a.inputs["role"] == role
    }
    policies = [
        p for p in made.of("iam/policy:Policy") if f"arn:aws:iam::{ACCOUNT}:policy/{p.inputs['name']}" in attached
    ]
    assert len(policies) == len(attached) > 0
    return [statement for policy in policies for statement in json.loads(policy.inputs["policy"])["Statement"]]


def allows(held: list[Statement], action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
    """Return whether policies allow this request. `context`: its values by condition key."""
    return any(_matches(statement, action, resource, context or {}) for statement in held)


def _matches(statement: Statement, action: str, resource: str, context: Mapping[str, str]) -> bool:
    assert statement["Effect"] == "Allow"
    return (
        any(fnmatchcase(action.lower(), pattern.lower()) for pattern in statement["Action"])
        and any(fnmatchcase(resource, pattern) for pattern in statement["Resource"])
        and fulfilled(statement.get("Condition", {}), context)
    )


def fulfilled(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    """Return whether all conditions hold; a key that the request lacks fulfills none (IAM user guide)."""
    return all(
        key in context and any(_holds(operator, context[key], value) for value in _listed(values))
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def _holds(operator: str, actual: str, value: str) -> bool:
    match operator:
        case "StringEquals" | "ArnEquals":
            return actual == value
        case "StringLike" | "ArnLike":
            return fnmatchcase(actual, value)
    raise AssertionError(f"the tests do not support the condition {operator}")


def _listed(values: Any) -> list[str]:
    return values if isinstance(values, list) else [values]


def token(sub: str, **claims: str) -> dict[str, str]:
    """Return the claims of a run's token as IAM's condition keys."""
    all_claims = {"aud": AUDIENCE, "sub": sub, "repository_id": "5678", **claims}
    return {f"{HOST}:{claim}": value for claim, value in all_claims.items()}


def roles(made: Run) -> Iterator[tuple[str, Registered]]:
    """Every role by its name."""
    for role in made.of("iam/role:Role"):
        yield role.inputs["name"], role


def assumable(made: Run, claims: Mapping[str, str]) -> set[str]:
    """Return the roles that a run with this token can assume."""
    return {
        name
        for name, role in roles(made)
        for statement in json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        if fulfilled(statement["Condition"], claims)
    }
