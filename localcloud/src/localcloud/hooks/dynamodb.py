"""DynamoDB: run one call at a time, and roll back a transaction without copying its tables.

moto copies the whole table for each item of a TransactWriteItems call, so that a pipeline slows down with the square of
its videos. Restoring that copy also loses what other threads wrote in the meantime. Here conditions are checked before
the first write, the lock makes the transaction atomic, and only items that were written are restored.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.exceptions import (
    ConditionalCheckFailed,
    MockValidationException,
    MultipleTransactionsException,
    TooManyTransactionsException,
    TransactionCanceledException,
    TransactWriteSingleOpException,
)
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.responses import DynamoHandler

from localcloud.hooks.patching import replace_function

#: API reference, TransactWriteItems: "up to 100 ... write requests".
_MAX_OPERATIONS = 100
_one_at_a_time = threading.RLock()
#: Code, message and (where the operation asks for it) the current item, as `TransactionCanceledException` takes them.
_Reason = tuple[str | None, str | None, dict[str, Any] | None]


def _locked(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def call_action(self: Any) -> Any:
        with _one_at_a_time:
            return original(self)

    return call_action


def _all_or_nothing(_: Callable[..., None]) -> Callable[..., None]:
    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> None:
        if len(transact_items) > _MAX_OPERATIONS:
            raise TooManyTransactionsException
        if any(len(item) != 1 for item in transact_items):
            raise TransactWriteSingleOpException
        operations = [next(iter(item.items())) for item in transact_items]
        keys = [_key(self, kind, operation) for kind, operation in operations]
        items = {
            (operation["TableName"], str(sorted(key.items())))
            for (_, operation), key in zip(operations, keys, strict=True)
        }
        if len(items) < len(operations):
            raise MultipleTransactionsException
        reasons = [_reason(self, operation, key) for (_, operation), key in zip(operations, keys, strict=True)]
        if any(code for code, _, _ in reasons):
            raise TransactionCanceledException(reasons)
        with ExitStack() as rollback:
            for (kind, operation), key in zip(operations, keys, strict=True):
                if kind != "ConditionCheck":
                    rollback.callback(_undo(self, operation["TableName"], key))
                    _write(self, kind, operation, key)
            rollback.pop_all()

    return transact_write_items


def _key(backend: Any, kind: str, operation: dict[str, Any]) -> dict[str, Any]:
    if kind != "Put":
        return dict(operation["Key"])
    table = backend.get_table(operation["TableName"])
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name is not None]
    for name in names:
        if name not in operation["Item"]:
            reason = f"Missing the key {name} in the item"
            raise MockValidationException(f"One or more parameter values were invalid: {reason}")
    return {name: operation["Item"][name] for name in names}


def _reason(backend: Any, operation: dict[str, Any], key: dict[str, Any]) -> _Reason:
    """Why this operation cancels the transaction; None values when it does not."""
    current = backend.get_item(operation["TableName"], key)
    if "ConditionExpression" not in operation:
        return None, None, None
    condition = get_filter_expression(
        operation["ConditionExpression"],
        operation.get("ExpressionAttributeNames"),
        operation.get("ExpressionAttributeValues"),
    )
    if condition.expr(current):
        return None, None, None
    wants_item = operation.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    item = current.to_json()["Attributes"] if wants_item and current else None
    return "ConditionalCheckFailed", ConditionalCheckFailed().message, item


def _write(backend: Any, kind: str, operation: dict[str, Any], key: dict[str, Any]) -> None:
    """Apply one operation; its condition holds."""
    table = operation["TableName"]
    if kind == "Put":
        backend.put_item(table, operation["Item"])
    elif kind == "Delete":
        backend.delete_item(table, key)
    else:
        backend.update_item(
            table,
            key,
            update_expression=operation["UpdateExpression"],
            expression_attribute_names=operation.get("ExpressionAttributeNames"),
            expression_attribute_values=operation.get("ExpressionAttributeValues"),
        )


def _undo(backend: Any, table_name: str, key: dict[str, Any]) -> Callable[[], None]:
    """Return a function that restores one item and the table's stream to their current state."""
    table = backend.get_table(table_name)
    hash_value, range_value = backend.get_keys_value(table, key)
    before = copy.deepcopy(table.get_item(hash_value, range_value))  # moto updates an item in place
    stream = table.stream_shard
    records = len(stream.items) if stream else 0

    def undo() -> None:
        items, place = (table.items[hash_value], range_value) if range_value else (table.items, hash_value)
        if before is None:
            items.pop(place, None)
        else:
            items[place] = before
        if stream:
            del stream.items[records:]

    return undo


def install() -> None:
    replace_function(DynamoHandler, "call_action", "self", _locked)
    replace_function(DynamoDBBackend, "transact_write_items", "self transact_items", _all_or_nothing)
