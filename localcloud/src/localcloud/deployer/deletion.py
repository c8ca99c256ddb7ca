"""Removing resources: users before what they use, nothing that is protected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from localcloud.deployer.errors import Protected
from localcloud.deployer.resources.base import ResourceType
from localcloud.deployer.state import Record


def in_deletion_order(records: Iterable[Record]) -> list[Record]:
    """Dependants first. A replaced resource and its successor share a URN, so records are told apart by identity."""
    remaining = list(records)
    ordered: list[Record] = []
    while remaining:
        used = {urn for record in remaining for urn in [*record.dependencies, record.parent] if urn != record.urn}
        free = [record for record in remaining if record.urn not in used] or remaining[:1]
        ordered.extend(free)
        remaining = [record for record in remaining if record not in free]
    return ordered


def refuse_protected(records: Iterable[Record]) -> None:
    """Raise before anything is deleted when one of them must not be."""
    protected = sorted(record.urn for record in records if record.protect)
    if protected:
        raise Protected(
            f"{', '.join(protected)}: protected, so neither deleted nor replaced; "
            "deploy it with protect=False first if that is meant"
        )


def delete_all(
    records: Iterable[Record],
    table: Mapping[str, ResourceType],
    delete: Callable[[ResourceType, Record], None],
    forget: Callable[[Record], None],
) -> list[Record]:
    """Delete the records in order, and forget each as it goes; returns those that went.

    `retain` leaves the thing standing; `deleted_with` spares the call because its container takes it along.
    """
    ordered = in_deletion_order(records)
    going = {record.urn for record in ordered}
    for record in ordered:
        spared = record.retain or record.deleted_with in going
        if record.custom and not spared and record.type in table:
            delete(table[record.type], record)
        forget(record)
    return ordered
