"""The ledger: one DynamoDB table, the only state. `vcp.wire.ledger_table` defines its keys and the stream's shape."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.policies import Grant, Statement, allow
from vcp.wire import ledger_table as wire


@dataclass(frozen=True)
class LedgerArgs:
    """The table's name and protection."""

    table_name: str
    #: Prevent deletion.
    protect: bool


class Ledger(pulumi.ComponentResource):
    """An on-demand table with point-in-time recovery and a stream of its changes."""

    def __init__(self, name: str, args: LedgerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:table:Ledger", name, None, opts)
        attributes = (wire.PARTITION_KEY, wire.SORT_KEY, wire.DUE_PARTITION_KEY, wire.DUE_SORT_KEY)
        due_index: aws.dynamodb.TableGlobalSecondaryIndexArgsDict = {
            "name": wire.DUE_INDEX,
            # The reconciler reads each record from the table, which is consistent.
            "projection_type": "KEYS_ONLY",
            "key_schemas": [
                {"attribute_name": wire.DUE_PARTITION_KEY, "key_type": "HASH"},
                {"attribute_name": wire.DUE_SORT_KEY, "key_type": "RANGE"},
            ],
        }
        table = aws.dynamodb.Table(
            f"{name}-table",
            name=args.table_name,
            billing_mode="PAY_PER_REQUEST",
            hash_key=wire.PARTITION_KEY,
            range_key=wire.SORT_KEY,
            attributes=[{"name": attribute, "type": "S"} for attribute in attributes],
            global_secondary_indexes=[due_index],
            stream_enabled=True,
            stream_view_type=wire.STREAM_VIEW_TYPE,
            point_in_time_recovery={"enabled": True},
            deletion_protection_enabled=args.protect,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.table_name = table.name
        self.arn = table.arn
        self.stream_arn = table.stream_arn
        self.register_outputs({"name": self.table_name, "arn": self.arn})

    def read(self) -> Grant:
        """Get one record."""
        return self._grant("read-ledger", allow(["dynamodb:GetItem"], [self.arn]))

    def write(self) -> Grant:
        """Get and change records, in transactions too, which need the permissions of their writes."""
        actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
        return self._grant("write-ledger", allow(actions, [self.arn]))

    def release_lease(self) -> Grant:
        """Delete items: a lease is released by deleting its item."""
        return self._grant("release-lease", allow(["dynamodb:DeleteItem"], [self.arn]))

    def query_due(self) -> Grant:
        """Query the videos that are due for a check."""
        index_arn = pulumi.Output.concat(self.arn, "/index/", wire.DUE_INDEX)
        return self._grant("query-due", allow(["dynamodb:Query"], [index_arn]))

    def look_up(self) -> Grant:
        """Get many records with one request."""
        return self._grant("look-up-videos", allow(["dynamodb:BatchGetItem"], [self.arn]))

    def read_stream(self) -> Grant:
        """Read the table's changes."""
        reading = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
        return self._grant(
            "read-stream",
            allow(reading, [self.stream_arn]),
            # ListStreams is about the table, whatever the stream's label.
            allow(["dynamodb:ListStreams"], [pulumi.Output.concat(self.arn, "/stream/*")]),
        )

    def _grant(self, name: str, *statements: Statement) -> Grant:
        return Grant(name, statements, {"ledger_table": self.table_name})
