"""What cannot be deployed is rejected by name, before anything is created from it."""

from __future__ import annotations

import pytest

from localcloud.deployer.errors import (
    ConfigError,
    DeployError,
    ProgramError,
    UnknownPropertyError,
    UnknownResourceTypeError,
)
from tests.localcloud.deployer.conftest import Workbench

_QUEUE = "queue = aws.sqs.Queue('jobs')\n"


def test_rejects_an_unknown_resource_type(bench: Workbench) -> None:
    with pytest.raises(UnknownResourceTypeError, match=r"aws:ec2/vpc:Vpc is not something the local cloud can deploy"):
        bench.deploy("aws.ec2.Vpc('net', cidr_block='10.0.0.0/16')")


def test_rejects_a_provider_of_its_own(bench: Workbench) -> None:
    with pytest.raises(UnknownResourceTypeError, match="pulumi:providers:aws"):
        bench.deploy("aws.Provider('elsewhere', region='eu-west-1')")


def test_rejects_a_provider_option_without_effect(bench: Workbench) -> None:
    with pytest.raises(ConfigError, match="aws:allowedAccountIds"):
        bench.deploy("", config={"aws:allowedAccountIds": '["1"]'})


def test_rejects_a_resource_that_is_only_read(bench: Workbench) -> None:
    with pytest.raises(DeployError, match=r"aws:sqs/queue:Queue\.get .*theirs"):
        bench.deploy("aws.sqs.Queue.get('theirs', 'http://somewhere')")


def test_rejects_an_unknown_function(bench: Workbench) -> None:
    with pytest.raises(UnknownResourceTypeError, match="aws:ec2/getAmi:getAmi is not a function"):
        bench.deploy("aws.ec2.get_ami(owners=['self'])")


@pytest.mark.parametrize(
    ("program", "named"),
    [
        (
            "aws.sqs.Queue('jobs', kms_data_key_reuse_period_seconds=300)",
            "aws:sqs/queue:Queue: property kmsDataKeyReusePeriodSeconds is not deployed",
        ),
        (
            "aws.s3.Bucket('b', website={'index_document': 'index.html'})",
            "aws:s3/bucket:Bucket: property website is not deployed",
        ),
        (
            "aws.cloudwatch.EventTarget('t', rule='r', arn='a', ecs_target={'task_definition_arn': 'x'})",
            "property ecsTarget is not deployed",
        ),
        (
            "aws.lambda_.EventSourceMapping('m', function_name='f', event_source_arn='a', "
            "scaling_config=aws.lambda_.EventSourceMappingScalingConfigArgs(maximum_concurrency=2), "
            "destination_config={'on_failure': {'destination_arn': 'x', 'surprise': 1}})",
            r"property destinationConfig\.onFailure\.surprise is not deployed",
        ),
    ],
)
def test_rejects_an_unknown_property_at_any_depth(bench: Workbench, program: str, named: str) -> None:
    with pytest.raises(UnknownPropertyError, match=named):
        bench.deploy(program)


@pytest.mark.parametrize(
    "use",
    [
        "aws.sqs.Queue('other', kms_master_key_id=bucket.hosted_zone_id)",
        "aws.sqs.Queue('other', tags={'zone': bucket.hosted_zone_id.apply(lambda zone: zone + '!')})",
    ],
)
def test_rejects_an_input_from_an_output_that_is_not_read_back(bench: Workbench, use: str) -> None:
    with pytest.raises(UnknownPropertyError, match=r"(?s)Queue::other: property (kms|tags).*aws:s3/bucket:Bucket"):
        bench.deploy(_QUEUE + "bucket = aws.s3.Bucket('b')\n" + use)


def test_rejects_a_stack_output_that_is_not_read_back(bench: Workbench) -> None:
    with pytest.raises(UnknownPropertyError, match="stack output zone"):
        bench.deploy("pulumi.export('zone', aws.s3.Bucket('b').hosted_zone_id)")


def test_rejects_an_output_formatted_as_text(bench: Workbench) -> None:
    with pytest.raises(DeployError, match=r"Topic::t: displayName has an Output formatted as text"):
        bench.deploy(_QUEUE + "aws.sns.Topic('t', display_name=f'for {queue.arn}')")


def test_rejects_an_import(bench: Workbench) -> None:
    with pytest.raises(DeployError, match="resource option import_"):
        bench.deploy("aws.sqs.Queue('jobs', opts=pulumi.ResourceOptions(import_='http://somewhere'))")


def test_rejects_a_zip_function(bench: Workbench) -> None:
    with pytest.raises(DeployError, match="packageType is None; only Image is deployed"):
        bench.deploy("aws.lambda_.Function('f', role='arn:aws:iam::1:role/r')")


def test_an_error_of_the_program_names_file_and_line(bench: Workbench) -> None:
    with pytest.raises(ProgramError, match=r"ZeroDivisionError: division by zero \(__main__\.py:5\)"):
        bench.deploy("1 / 0")


def test_an_error_in_an_apply_names_file_and_line(bench: Workbench) -> None:
    with pytest.raises(ProgramError, match=r"ZeroDivisionError.*__main__\.py:6"):
        bench.deploy(_QUEUE + "pulumi.export('x', queue.arn.apply(lambda _: 1 / 0))")


def test_keeps_the_message_of_a_run_error(bench: Workbench) -> None:
    with pytest.raises(ProgramError, match="limitBytes must be positive"):
        bench.deploy("raise pulumi.RunError('limitBytes must be positive')")
