"""What cannot be deployed is refused by name, before anything is made of it."""

from __future__ import annotations

import pytest

from localcloud.deployer import DeployError, ProgramFailed, UnknownProperty, UnknownResourceType
from tests.localcloud.deployer.conftest import Workbench, actions

_QUEUE = "queue = aws.sqs.Queue('jobs')\n"


def test_an_unknown_resource_type(bench: Workbench) -> None:
    with pytest.raises(UnknownResourceType, match=r"aws:ec2/vpc:Vpc is not something the local cloud can deploy"):
        bench.deploy("aws.ec2.Vpc('net', cidr_block='10.0.0.0/16')")


def test_an_unknown_provider(bench: Workbench) -> None:
    with pytest.raises(UnknownResourceType, match="pulumi:providers:other"):
        bench.deploy("pulumi.ProviderResource('other', 'p', {})")


def test_an_unknown_function(bench: Workbench) -> None:
    with pytest.raises(UnknownResourceType, match="aws:ec2/getAmi:getAmi is not a function"):
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
def test_an_unknown_property_at_any_depth(bench: Workbench, program: str, named: str) -> None:
    with pytest.raises(UnknownProperty, match=named):
        bench.deploy(program)


@pytest.mark.parametrize(
    "use",
    [
        "aws.sqs.Queue('other', name=queue.name, kms_master_key_id=bucket.hosted_zone_id)",
        "aws.sqs.Queue('other', tags={'zone': bucket.hosted_zone_id.apply(lambda zone: zone + '!')})",
    ],
)
def test_an_output_that_nobody_reads_back_is_never_null(bench: Workbench, use: str) -> None:
    with pytest.raises(UnknownProperty, match=r"(?s)Queue::other.*aws:s3/bucket:Bucket.*hostedZoneId"):
        bench.deploy(_QUEUE + "bucket = aws.s3.Bucket('b')\n" + use)


def test_a_stack_output_that_nobody_reads_back_is_never_null(bench: Workbench) -> None:
    with pytest.raises(UnknownProperty, match="stack output zone"):
        bench.deploy("pulumi.export('zone', aws.s3.Bucket('b').hosted_zone_id)")


def test_an_output_formatted_as_text(bench: Workbench) -> None:
    with pytest.raises(DeployError, match=r"Topic::t: displayName has an Output formatted as text"):
        bench.deploy(_QUEUE + "aws.sns.Topic('t', display_name=f'for {queue.arn}')")


def test_options_that_cannot_be_honoured(bench: Workbench) -> None:
    with pytest.raises(DeployError, match="resource option import_"):
        bench.deploy("aws.sqs.Queue('jobs', opts=pulumi.ResourceOptions(import_='http://somewhere'))")


def test_a_zip_function(bench: Workbench) -> None:
    with pytest.raises(DeployError, match="packageType is None; only Image is deployed"):
        bench.deploy("aws.lambda_.Function('f', role='arn:aws:iam::1:role/r')")


def test_a_mistake_of_the_program_tells_where(bench: Workbench) -> None:
    with pytest.raises(ProgramFailed, match=r"ZeroDivisionError: division by zero \(__main__\.py:5\)"):
        bench.deploy("1 / 0")


def test_a_mistake_in_an_apply_tells_where(bench: Workbench) -> None:
    with pytest.raises(ProgramFailed, match=r"ZeroDivisionError.*__main__\.py:6"):
        bench.deploy(_QUEUE + "pulumi.export('x', queue.arn.apply(lambda _: 1 / 0))")


def test_the_program_that_gives_up_itself(bench: Workbench) -> None:
    with pytest.raises(ProgramFailed, match="limitBytes must be positive"):
        bench.deploy("raise pulumi.RunError('limitBytes must be positive')")


def test_after_a_failure_nothing_of_it_lingers(bench: Workbench) -> None:
    """The SDK keeps its settings for the process; a failed run must not spoil the next one."""
    with pytest.raises(ProgramFailed):
        bench.deploy("1 / 0")
    (bench.directory / "helper.py").write_text("VALUE = 1\n", "utf-8")
    assert bench.deploy("import helper\npulumi.export('value', helper.VALUE)").outputs == {"value": 1}
    (bench.directory / "helper.py").write_text("VALUE = 2000\n", "utf-8")
    assert bench.deploy().outputs == {"value": 2000}
    assert actions(bench.deploy("aws.sqs.Queue('jobs')")) == {"jobs": "create"}


def test_a_resource_of_somebody_else_is_read_not_managed(bench: Workbench) -> None:
    url = bench.client("sqs").create_queue(QueueName=f"theirs-{bench.directory.name}")["QueueUrl"]
    read = bench.deploy(f"queue = aws.sqs.Queue.get('theirs', '{url}')\npulumi.export('arn', queue.arn)")
    assert read.outputs["arn"].endswith(f":theirs-{bench.directory.name}")
    assert actions(read) == {"theirs": "read"}
    bench.deploy("")
    assert bench.client("sqs").get_queue_attributes(QueueUrl=url)

    with pytest.raises(DeployError, match=r"there is no aws:sqs/queue:Queue .*nowhere"):
        bench.deploy(f"aws.sqs.Queue.get('theirs', '{url}-nowhere')")
