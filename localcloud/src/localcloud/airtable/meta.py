"""The schema API: whoami, bases, tables and fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.airtable.errors import invalid_request, no_permission_or_model, not_implemented
from localcloud.airtable.model import Base, Table, Token, Workspace
from localcloud.airtable.schema import build_field, build_table, check_field_name, check_table_name, describe


def whoami(token: Token) -> dict[str, Any]:
    return {"id": token.owner}


def bases(workspace: Workspace, token: Token) -> dict[str, Any]:
    """The bases of the token; all fit on one page of a thousand here."""
    visible = [base for base in workspace.bases.values() if base.id in token.bases]
    return {"bases": [{"id": base.id, "name": base.name, "permissionLevel": "create"} for base in visible]}


def tables(base: Base, include: list[str]) -> dict[str, Any]:
    if set(include) - {"visibleFieldIds"}:
        raise invalid_request(f"include takes visibleFieldIds, not {include}")
    return {"tables": [table.schema(visible_field_ids=bool(include)) for table in base.tables]}


def create_table(base: Base, body: Mapping[str, Any]) -> dict[str, Any]:
    _known(body, "name", "description", "fields")
    table = build_table(base, body)
    base.tables.append(table)
    return table.schema()


def update_table(base: Base, table: Table, body: Mapping[str, Any]) -> dict[str, Any]:
    if "dateDependencySettings" in body:
        raise not_implemented("dateDependencySettings")
    _known(body, "name", "description")
    if "name" in body:
        name = _name(body)
        if name.lower() != table.name.lower():
            check_table_name(base, name)
        table.name = name
    if "description" in body:
        table.description = describe(body) or None
    return table.schema()


def create_field(table: Table, body: Mapping[str, Any]) -> dict[str, Any]:
    field = build_field(dict(body), "")
    check_field_name(table, field.name)
    table.fields.append(field)
    return field.schema()


def update_field(table: Table, field_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Name and description; a field is named by its id here."""
    field = next((each for each in table.fields if each.id == field_id), None)
    if field is None:
        raise no_permission_or_model()
    if "options" in body:
        raise not_implemented("changing the options of a field")
    _known(body, "name", "description")
    if "name" in body:
        name = _name(body)
        if name.lower() != field.name.lower():
            check_field_name(table, name)
        field.name = name
    if "description" in body:
        field.description = describe(body) or None
    return field.schema()


def _known(body: Mapping[str, Any], *names: str) -> None:
    unknown = sorted(set(body) - set(names))
    if unknown:
        raise invalid_request(f"unknown {', '.join(unknown)} in the request body")


def _name(body: Mapping[str, Any]) -> str:
    name = body["name"]
    if not isinstance(name, str) or not name.strip():
        raise invalid_request("name must be given as text")
    return name
