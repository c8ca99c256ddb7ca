"""Functions of pulumi-aws that a program may call."""

from __future__ import annotations

from tests.localcloud.deployer.conftest import Workbench


def test_caller_identity_and_partition(bench: Workbench) -> None:
    stack = bench.deploy(
        """
        pulumi.export('account', aws.get_caller_identity().account_id)
        pulumi.export('partition', aws.get_partition_output().partition)
        pulumi.export('suffix', aws.get_partition().dns_suffix)
        """,
        region="eu-central-1",
    )
    assert stack.outputs == {"account": "123456789012", "partition": "aws", "suffix": "amazonaws.com"}
