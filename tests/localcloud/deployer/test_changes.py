"""The second deployment: nothing, an update, a replacement, a deletion; and what stands in their way."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from localcloud.deployer import DeployError, Protected, ServiceRefused
from tests.localcloud.deployer.conftest import Workbench, actions

_POLICY = """
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}'
"""


def _queue_exists(bench: Workbench, url: str) -> bool:
    return url in bench.client("sqs").list_queues().get("QueueUrls", [])


def test_a_made_up_name_stays_until_the_resource_is_replaced(bench: Workbench) -> None:
    first = bench.deploy("queue = aws.sqs.Queue('jobs', delay_seconds=1)\npulumi.export('url', queue.url)")
    second = bench.deploy("queue = aws.sqs.Queue('jobs', delay_seconds=2)\npulumi.export('url', queue.url)")
    assert first.outputs == second.outputs
    name = first.outputs["url"].rpartition("/")[2]
    assert name.startswith("jobs-")
    assert len(name) == len("jobs-") + 7

    third = bench.deploy("queue = aws.sqs.Queue('jobs', fifo_queue=True)\npulumi.export('url', queue.url)")
    assert actions(third) == {"jobs": "replace"}
    assert third.outputs["url"] != first.outputs["url"]
    assert third.outputs["url"].endswith(".fifo")
    assert not _queue_exists(bench, first.outputs["url"])
    assert _queue_exists(bench, third.outputs["url"])


def test_what_the_program_no_longer_declares_is_deleted_users_first(bench: Workbench) -> None:
    bench.deploy(
        _POLICY
        + """
role = aws.iam.Role('role', assume_role_policy='{"Version": "2012-10-17", "Statement": []}')
aws.iam.RolePolicy('inner', role=role.id, policy=POLICY)
aws.sqs.Queue('kept')
"""
    )
    after = bench.deploy("aws.sqs.Queue('kept')")
    assert [(resource.name, resource.action) for resource in after.resources] == [
        ("kept", "same"),
        ("inner", "delete"),
        ("role", "delete"),
    ]


def test_a_named_resource_and_those_bound_to_it_make_way_for_their_successors(bench: Workbench) -> None:
    program = """
trust = '{{"Version": "2012-10-17", "Statement": []}}'
role = aws.iam.Role('role', name='fixed-{0}', path='{1}', assume_role_policy=trust)
aws.iam.RolePolicy('inner', role=role.id, policy=POLICY)
pulumi.export('arn', role.arn)
"""
    unique = bench.directory.name
    bench.deploy(_POLICY + program.format(unique, "/"))
    moved = bench.deploy(_POLICY + program.format(unique, "/shop/"))
    assert actions(moved) == {"role": "replace", "inner": "create"}
    assert moved.outputs["arn"].endswith(f":role/shop/fixed-{unique}")
    assert bench.client("iam").list_role_policies(RoleName=f"fixed-{unique}")["PolicyNames"]
    assert set(actions(bench.deploy()).values()) == {"same"}


def test_a_protected_resource_is_neither_deleted_nor_replaced(bench: Workbench) -> None:
    made = bench.deploy(
        "queue = aws.sqs.Queue('jobs', opts=pulumi.ResourceOptions(protect=True))\npulumi.export('url', queue.url)"
    )
    with pytest.raises(Protected, match=r"Queue::jobs.*protect=False"):
        bench.deploy("")
    with pytest.raises(Protected, match="Queue::jobs"):
        bench.deploy("aws.sqs.Queue('jobs', fifo_queue=True, opts=pulumi.ResourceOptions(protect=True))")
    with pytest.raises(Protected):
        bench.destroy()
    assert _queue_exists(bench, made.outputs["url"])

    bench.deploy("aws.sqs.Queue('jobs')")
    assert actions(bench.destroy()) == {"jobs": "delete"}


def test_a_retained_resource_is_let_go_but_stays(bench: Workbench) -> None:
    made = bench.deploy(
        """
        keep = pulumi.ResourceOptions(retain_on_delete=True)
        shelf = pulumi.ComponentResource('shop:index:Shelf', 'shelf', opts=keep)
        queue = aws.sqs.Queue('jobs', opts=pulumi.ResourceOptions(parent=shelf))
        pulumi.export('url', queue.url)
        """
    )
    assert "shop:index:Shelf$aws:sqs/queue:Queue" in made.resources[0].urn
    bench.deploy("")
    assert _queue_exists(bench, made.outputs["url"])
    assert json.loads(bench.state_file.read_text("utf-8"))["resources"] == []


def test_ignored_changes_are_left_alone(bench: Workbench) -> None:
    ignoring = "opts=pulumi.ResourceOptions(ignore_changes=['delay_seconds', 'tags.touched'])"
    bench.deploy(f"aws.sqs.Queue('jobs', delay_seconds=1, tags={{'touched': 'a'}}, {ignoring})")
    same = bench.deploy(f"aws.sqs.Queue('jobs', delay_seconds=9, tags={{'touched': 'b'}}, {ignoring})")
    assert actions(same) == {"jobs": "same"}
    tagged = bench.deploy(f"aws.sqs.Queue('jobs', delay_seconds=9, tags={{'touched': 'b', 'new': 'c'}}, {ignoring})")
    assert tagged.resources[0].changed == ("tagsAll",)


def test_an_alias_keeps_the_resource_under_its_new_name(bench: Workbench) -> None:
    bench.deploy("aws.sqs.Queue('old')")
    renamed = bench.deploy("aws.sqs.Queue('new', opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name='old')]))")
    assert actions(renamed) == {"new": "same"}


def test_a_resource_that_is_gone_from_the_cloud_is_made_anew(bench: Workbench) -> None:
    made = bench.deploy("queue = aws.sqs.Queue('jobs')\npulumi.export('url', queue.url)")
    bench.client("sqs").delete_queue(QueueUrl=made.outputs["url"])
    again = bench.deploy()
    assert actions(again) == {"jobs": "create"}
    assert "gone" in again.warnings[0]


def test_what_was_made_before_a_failure_is_remembered(bench: Workbench) -> None:
    program = """
        first = aws.sqs.Queue('first')
        aws.iam.RolePolicyAttachment('second', role='nobody-here', policy_arn=first.arn)
    """
    with pytest.raises(ServiceRefused, match=r"RolePolicyAttachment::second.*property policyArn.*NoSuchEntity"):
        bench.deploy(program)
    mended = bench.deploy("aws.sqs.Queue('first')")
    assert actions(mended) == {"first": "same"}


def test_a_second_deployment_at_the_same_time_is_refused(bench: Workbench) -> None:
    bench.deploy("")
    bench.program("from pathlib import Path\nPath('running').touch()\nwhile not Path('go').exists(): pass")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(bench.deploy)
        try:
            while not (bench.directory / "running").exists():
                assert not first.done()
            with pytest.raises(DeployError, match="another deployment is using"):
                bench.destroy()
        finally:
            (bench.directory / "go").touch()
        first.result(timeout=60)


def test_default_tags_of_a_provider_reach_its_resources(bench: Workbench) -> None:
    made = bench.deploy(
        """
        elsewhere = aws.Provider('elsewhere', region='eu-west-1', default_tags={'tags': {'team': 'shop', 'a': '0'}})
        queue = aws.sqs.Queue('jobs', tags={'a': '1'}, opts=pulumi.ResourceOptions(provider=elsewhere))
        pulumi.export('tags', queue.tags)
        pulumi.export('all', queue.tags_all)
        pulumi.export('arn', queue.arn)
        pulumi.export('region', aws.get_region(opts=pulumi.InvokeOptions(provider=elsewhere)).region)
        """
    )
    assert made.outputs["tags"] == {"a": "1"}
    assert made.outputs["all"] == {"team": "shop", "a": "1"}
    assert made.outputs["arn"].startswith("arn:aws:sqs:eu-west-1:")
    assert made.outputs["region"] == "eu-west-1"
    assert set(actions(bench.deploy()).values()) == {"same"}


def test_the_state_of_another_program_is_not_taken_over(bench: Workbench) -> None:
    bench.deploy("aws.sqs.Queue('jobs')")
    (bench.directory / "Pulumi.yaml").write_text("name: other\nruntime: python\n", "utf-8")
    with pytest.raises(DeployError, match="is the state of shop/dev, not of other/dev"):
        bench.deploy("")
