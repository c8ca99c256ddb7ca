"""A preview makes nothing, and leaves unknown what is not made yet."""

from __future__ import annotations

import pytest

from localcloud.deployer import DeployError, ProgramFailed, UnknownResourceType
from tests.localcloud.deployer.conftest import Workbench, actions

_PROGRAM = """
queue = aws.sqs.Queue('jobs', delay_seconds=1)
topic = aws.sns.Topic('news', display_name='News')
aws.sns.TopicSubscription('link', topic=topic.arn, protocol='sqs', endpoint=queue.arn)
queue.arn.apply(lambda arn: open('ran', 'w').write(arn))
pulumi.export('arn', queue.arn)
pulumi.export('display', topic.display_name)
"""


def test_nothing_is_made(bench: Workbench) -> None:
    before = bench.client("sqs").list_queues().get("QueueUrls", [])
    foreseen = bench.deploy(_PROGRAM, preview=True)
    assert set(actions(foreseen).values()) == {"create"}
    assert foreseen.outputs == {"arn": None, "display": "News"}
    assert not (bench.directory / "ran").exists()
    assert not bench.state_file.exists()
    assert bench.client("sqs").list_queues().get("QueueUrls", []) == before


def test_what_stands_is_known_and_what_would_change_is_told(bench: Workbench) -> None:
    made = bench.deploy(_PROGRAM)
    state = bench.state_file.read_text("utf-8")
    foreseen = bench.deploy(
        _PROGRAM.replace("delay_seconds=1", "delay_seconds=2").replace("'link'", "'cable'"), preview=True
    )
    assert actions(foreseen) == {"jobs": "update", "news": "same", "cable": "create", "link": "delete"}
    assert foreseen.outputs == made.outputs
    assert bench.state_file.read_text("utf-8") == state
    assert set(actions(bench.deploy(_PROGRAM)).values()) == {"same"}


def test_an_unknown_used_as_a_value_is_found(bench: Workbench) -> None:
    with pytest.raises(DeployError, match="formatted as text"):
        bench.deploy("queue = aws.sqs.Queue('jobs')\naws.sns.Topic('t', display_name=str(queue.arn))", preview=True)
    with pytest.raises(ProgramFailed, match="TypeError"):
        bench.deploy("queue = aws.sqs.Queue('jobs')\nfor letter in queue.name: pass", preview=True)


def test_what_cannot_be_deployed_is_refused_already(bench: Workbench) -> None:
    with pytest.raises(UnknownResourceType):
        bench.deploy("aws.ec2.Vpc('net')", preview=True)


def test_tags_that_are_not_known_yet(bench: Workbench) -> None:
    program = "queue = aws.sqs.Queue('jobs')\naws.sqs.Queue('other', tags=queue.arn.apply(lambda arn: {'first': arn}))"
    assert set(actions(bench.deploy(program, preview=True)).values()) == {"create"}
    bench.deploy(program)
    assert set(actions(bench.deploy(program, preview=True)).values()) == {"same"}
