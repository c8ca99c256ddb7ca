"""The ledger: one DynamoDB table, the only state. Keys and the stream's shape come from `vcp.wire.ledger_table`."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.function import ImageFunction
from infra.policies import allow
from vcp.wire import ledger_table


class Ledger(pulumi.ComponentResource):
    """On demand, restorable to any second of the last 35 days, with a stream for those who project it."""

    def __init__(
        self, name: str, table_name: str, *, protect: bool, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("vcp:ledger:Ledger", name, None, opts)
        keys = (
            ledger_table.PARTITION_KEY,
            ledger_table.SORT_KEY,
            ledger_table.DUE_PARTITION_KEY,
            ledger_table.DUE_SORT_KEY,
        )
        due_index: aws.dynamodb.TableGlobalSecondaryIndexArgsDict = {
            "name": ledger_table.DUE_INDEX,
            # The reconciler reads each record from the table, which is never behind.
            "projection_type": "KEYS_ONLY",
            "key_schemas": [
                {"attribute_name": ledger_table.DUE_PARTITION_KEY, "key_type": "HASH"},
                {"attribute_name": ledger_table.DUE_SORT_KEY, "key_type": "RANGE"},
            ],
        }
        self.table = aws.dynamodb.Table(
            f"{name}-table",
            name=table_name,
            billing_mode="PAY_PER_REQUEST",
            hash_key=ledger_table.PARTITION_KEY,
            range_key=ledger_table.SORT_KEY,
            attributes=[{"name": key, "type": "S"} for key in keys],
            global_secondary_indexes=[due_index],
            stream_enabled=True,
            stream_view_type=ledger_table.STREAM_VIEW_TYPE,
            point_in_time_recovery={"enabled": True},
            deletion_protection_enabled=protect,
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        self.table_name = self.table.name
        self.arn = self.table.arn
        self.stream_arn = self.table.stream_arn
        self.register_outputs({"name": self.table_name, "arn": self.arn})

    def grant_read(self, function: ImageFunction) -> None:
        """Look a video up."""
        function.allow("read-ledger", allow(["dynamodb:GetItem"], [self.arn]))

    def grant_write(self, function: ImageFunction) -> None:
        """Look a video up and move it, in transactions too (which need what their writes need). No scan, no delete."""
        actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
        function.allow("write-ledger", allow(actions, [self.arn]))

    def grant_lease(self, function: ImageFunction) -> None:
        """Hold a video: a lease is an item of the ledger, and given back by deleting it."""
        function.allow("release-lease", allow(["dynamodb:DeleteItem"], [self.arn]))

    def grant_due(self, function: ImageFunction) -> None:
        """Ask which videos should be looked at by now."""
        index_arn = pulumi.Output.concat(self.arn, "/index/", ledger_table.DUE_INDEX)
        function.allow("query-due", allow(["dynamodb:Query"], [index_arn]))

    def grant_look_up(self, function: ImageFunction) -> None:
        """Ask at once which of many videos are known."""
        function.allow("look-up-videos", allow(["dynamodb:BatchGetItem"], [self.arn]))

    def grant_stream(self, function: ImageFunction) -> None:
        """Follow the ledger's changes."""
        reading = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
        function.allow(
            "follow-ledger",
            allow(reading, [self.stream_arn]),
            # Answers for the table, whatever the stream's label, so it takes no single stream.
            allow(["dynamodb:ListStreams"], [pulumi.Output.concat(self.arn, "/stream/*")]),
        )
