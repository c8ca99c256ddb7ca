"""`aws.iam.getPolicyDocument`: statements to JSON, as the provider writes it.

Source of the rules: terraform-provider-aws, internal/service/iam/policy_document_data_source.go and policy_model.go.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

from localcloud.deployer.errors import DeployError, UnknownProperty

_DEFAULT_VERSION: Final = "2012-10-17"
_ARGUMENTS: Final = frozenset(
    {
        "statements",
        "version",
        "policyId",
        "sourcePolicyDocuments",
        "overridePolicyDocuments",
        "overrideJson",
        "sourceJson",
    }
)
_STATEMENT: Final = frozenset(
    ["sid", "effect", "actions", "notActions", "resources", "notResources", "principals", "notPrincipals", "conditions"]
)


def policy_document(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of the function -> its result, with `json` and `minifiedJson`."""
    _refuse_surplus("getPolicyDocument", arguments, _ARGUMENTS)
    version = arguments.get("version", _DEFAULT_VERSION)
    merged: dict[str, Any] = {"Version": version}
    if "policyId" in arguments:
        merged["Id"] = arguments["policyId"]
    statements: list[dict[str, Any]] = []
    for source in _documents(arguments, "sourcePolicyDocuments", "sourceJson"):
        _append_all(statements, source, unique_sids=True)
        merged.update({key: source[key] for key in ("Id",) if key in source and key not in merged})
    own = [_statement(statement, version) for statement in arguments.get("statements", [])]
    sids = [statement["Sid"] for statement in own if "Sid" in statement]
    for sid in sids:
        if sids.count(sid) > 1:
            raise DeployError(f"getPolicyDocument: two statements have the sid {sid}")
    _override(statements, own)
    for override in _documents(arguments, "overridePolicyDocuments", "overrideJson"):
        _override(statements, _as_list(override.get("Statement", [])))
        merged.update({key: override[key] for key in ("Version", "Id") if key in override})
    if statements:
        merged["Statement"] = statements
    text = json.dumps(merged, indent=2)
    return {
        **arguments,
        "version": version,
        "id": str(zlib.crc32(text.encode())),
        "json": text,
        "minifiedJson": json.dumps(merged, separators=(",", ":")),
    }


def _documents(arguments: Mapping[str, Any], many: str, single: str) -> list[dict[str, Any]]:
    texts = [text for text in [*arguments.get(many, []), arguments.get(single)] if text]
    try:
        return [json.loads(text) for text in texts]
    except ValueError as error:
        raise DeployError(f"getPolicyDocument: {many} holds text that is not JSON: {error}") from error


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _append_all(statements: list[dict[str, Any]], document: Mapping[str, Any], *, unique_sids: bool) -> None:
    for statement in _as_list(document.get("Statement", [])):
        sid = statement.get("Sid")
        if unique_sids and sid and any(other.get("Sid") == sid for other in statements):
            raise DeployError(f"getPolicyDocument: two source documents have the sid {sid}")
        statements.append(statement)


def _override(statements: list[dict[str, Any]], newer: list[dict[str, Any]]) -> None:
    """A statement with a sid replaces the one with the same sid; all others are added."""
    for statement in newer:
        sid = statement.get("Sid")
        places = [index for index, other in enumerate(statements) if sid and other.get("Sid") == sid]
        if places:
            statements[places[0]] = statement
        else:
            statements.append(statement)


def _statement(statement: Mapping[str, Any], version: str) -> dict[str, Any]:
    _refuse_surplus("getPolicyDocument: statements", statement, _STATEMENT)
    result: dict[str, Any] = {}
    if statement.get("sid"):
        result["Sid"] = statement["sid"]
    result["Effect"] = statement.get("effect", "Allow")
    for name, key in (
        ("actions", "Action"),
        ("notActions", "NotAction"),
        ("resources", "Resource"),
        ("notResources", "NotResource"),
    ):
        if statement.get(name):
            result[key] = _one_or_many([_variables(text, version) for text in statement[name]])
    for name, key in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if statement.get(name):
            result[key] = _principals(statement[name], version)
    if statement.get("conditions"):
        result["Condition"] = _conditions(statement["conditions"], version)
    return result


def _one_or_many(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else sorted(set(values), reverse=True)


def _principals(principals: list[Mapping[str, Any]], version: str) -> Any:
    collected: dict[str, list[str]] = {}
    for principal in principals:
        identifiers = [_variables(text, version) for text in principal["identifiers"]]
        if principal["type"] == "*" and identifiers == ["*"]:
            return "*"
        collected.setdefault(principal["type"], []).extend(identifiers)
    return {kind: _one_or_many(identifiers) for kind, identifiers in collected.items()}


def _conditions(conditions: list[Mapping[str, Any]], version: str) -> dict[str, Any]:
    collected: dict[str, dict[str, list[str]]] = {}
    for condition in conditions:
        values = [_variables(text, version) for text in condition["values"]]
        collected.setdefault(condition["test"], {}).setdefault(condition["variable"], []).extend(values)
    # unlike actions, the values of a condition keep their order
    return {
        test: {name: values[0] if len(values) == 1 else values for name, values in variables.items()}
        for test, variables in collected.items()
    }


def _variables(text: str, version: str) -> str:
    """`&{...}` stands for `${...}`, which the older policy language does not have."""
    if "&{" in text and version == "2008-10-17":
        raise DeployError(f"getPolicyDocument: {text} has a policy variable, which version 2008-10-17 does not know")
    return text.replace("&{", "${")


def _refuse_surplus(where: str, given: Mapping[str, Any], known: frozenset[str]) -> None:
    surplus = sorted(set(given) - known)
    if surplus:
        raise UnknownProperty(f"{where}: argument {surplus[0]} is not something the local cloud knows")
