"""A stack is created in the cloud, and destroyed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.deployer.errors import DeployError, ServiceError
from tests.localcloud.deployer.conftest import Workbench

_SECRET = "swordfish-0815"
_POLICY = """
policy = json.dumps(
    {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'sqs:SendMessage', 'Resource': '*'}]}
)
"""


def queue_tags(bench: Workbench, url: str) -> dict[str, str]:
    tags: dict[str, str] = bench.client("sqs").list_queue_tags(QueueUrl=url).get("Tags", {})
    return tags


def test_creates_a_stack_and_destroys_users_before_what_they_use(bench: Workbench) -> None:
    stack = bench.deploy(
        f"""{_POLICY}
role = aws.iam.Role('role', assume_role_policy='{{"Version": "2012-10-17", "Statement": []}}')
aws.iam.RolePolicy('inner', role=role.id, policy=policy)
queue = aws.sqs.Queue('jobs', delay_seconds=3)
pulumi.export('role', role.name)
pulumi.export('queue', {{'url': queue.url, 'delay': queue.delay_seconds}})
"""
    )
    assert {resource.name for resource in stack.resources} == {"role", "inner", "jobs"}
    assert stack.outputs["queue"]["delay"] == 3
    assert re.fullmatch(r"role-[0-9a-f]{7}", stack.outputs["role"])
    bench.client("sqs").get_queue_attributes(QueueUrl=stack.outputs["queue"]["url"])

    stack.destroy()
    assert stack.resources == []
    with pytest.raises(ClientError, match="NoSuchEntity"):
        bench.client("iam").get_role(RoleName=stack.outputs["role"])
    with pytest.raises(ClientError, match="NonExistentQueue"):
        bench.client("sqs").get_queue_attributes(QueueUrl=stack.outputs["queue"]["url"])


def test_components_are_part_of_the_urn(bench: Workbench) -> None:
    with pytest.raises(DeployError, match=r"shop:index:Shelf\$aws:sqs/queue:Queue::jobs is declared twice"):
        bench.deploy(
            """
            shelf = pulumi.ComponentResource('shop:index:Shelf', 'shelf')
            for _ in range(2):
                aws.sqs.Queue('jobs', opts=pulumi.ResourceOptions(parent=shelf))
            """
        )


def test_default_tags_are_added_to_a_resources_own(bench: Workbench) -> None:
    bench.project("", "config:\n  aws:defaultTags: {tags: {team: shop, a: '0'}}\n")
    stack = bench.deploy(
        """
        queue = aws.sqs.Queue('jobs', tags={'a': '1'})
        for name in ('url', 'tags', 'tags_all'):
            pulumi.export(name, getattr(queue, name))
        """
    )
    assert stack.outputs["tags"] == {"a": "1"}
    assert stack.outputs["tags_all"] == {"team": "shop", "a": "1"}
    assert queue_tags(bench, stack.outputs["url"]) == {"team": "shop", "a": "1"}


def test_deploys_to_the_region_of_the_configuration(bench: Workbench) -> None:
    stack = bench.deploy("pulumi.export('arn', aws.sqs.Queue('jobs').arn)", region="eu-west-1")
    assert stack.outputs["arn"].startswith("arn:aws:sqs:eu-west-1:")


def test_an_error_names_resource_property_and_the_services_message(bench: Workbench) -> None:
    program = "aws.iam.Role('worker', assume_role_policy='no JSON')"
    with pytest.raises(ServiceError, match=r"iam/role:Role::worker: cannot deploy: MalformedPolicyDocument"):
        bench.deploy(program)
    with pytest.raises(ServiceError, match=r"Queue.*::bad: cannot deploy: property policy"):
        bench.deploy("aws.sqs.QueuePolicy('bad', queue_url=aws.sqs.Queue('jobs').url, policy='no JSON')")


def test_a_secret_reaches_the_service_but_no_error(bench: Workbench) -> None:
    bench.project("config:\n  password: {type: string, secret: true}\n")
    program = """
    word = pulumi.Config().require_secret('password')
    secret = aws.secretsmanager.Secret('token', recovery_window_in_days=0)
    aws.secretsmanager.SecretVersion('value', secret_id=secret.id, secret_string=word)
    pulumi.export('arn', secret.arn)
    """
    stack = bench.deploy(program, secrets={"password": _SECRET})
    stored = bench.client("secretsmanager").get_secret_value(SecretId=stack.outputs["arn"])
    assert stored["SecretString"] == _SECRET

    use = "aws.iam.RolePolicy('bad', role=pulumi.Config().require_secret('password'), policy=policy)"
    with pytest.raises(ServiceError, match=r"bad: cannot deploy: .*\[secret\]") as error:
        bench.deploy(_POLICY + use, secrets={"password": _SECRET})
    assert _SECRET not in str(error.value)


def test_a_failed_run_does_not_affect_the_next(bench: Workbench) -> None:
    """The SDK keeps its settings for the process."""
    with pytest.raises(DeployError):
        bench.deploy("1 / 0")
    helper = bench.directory / "helper.py"
    program = "import helper\npulumi.export('value', helper.VALUE)"
    helper.write_text("VALUE = 1\n", "utf-8")
    assert bench.deploy(program).outputs == {"value": 1}
    helper.write_text("VALUE = 2000\n", "utf-8")
    assert bench.deploy(program).outputs == {"value": 2000}


def test_nothing_is_created_after_a_failure(bench: Workbench) -> None:
    created: list[Any] = bench.client("sqs").list_queues().get("QueueUrls", [])
    with pytest.raises(DeployError, match="not something the local cloud can deploy"):
        bench.deploy(
            """
            vpc = aws.ec2.Vpc('net')
            aws.sqs.Queue('jobs', opts=pulumi.ResourceOptions(depends_on=[vpc]))
            """
        )
    assert bench.client("sqs").list_queues().get("QueueUrls", []) == created
