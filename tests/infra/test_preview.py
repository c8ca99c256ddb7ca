"""A preview, in which values that a service computes are unknown, shows what the update does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pulumi_aws as aws
import pytest
from pulumi.output import Unknown
from pulumi.runtime import rpc

from tests.infra.guards import OutputMisused
from tests.infra.harness import LEAST, WHOLE, Run, run

#: Text of Pulumi, Python or the wire format in the place of a value.
NO_VALUE = re.compile(rf"Calling __str__|Output\[|<pulumi|<unknown>|\bNone\b|object at 0x|{rpc.UNKNOWN}")
NAMES = ("name", "bucket")


@pytest.fixture(scope="module", params=[WHOLE, LEAST], ids=["whole", "least"])
def both(request: pytest.FixtureRequest, whole: Run, least: Run) -> tuple[Run, Run]:
    """Return the preview and the update of the same stack."""
    return run(request.param, preview=True), whole if request.param is WHOLE else least


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value in a tree of inputs with its path."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, f"{path}[{number}]")
    else:
        yield path, value


def everything(run: Run) -> dict[str, Any]:
    """Return every input and every stack output by its path."""
    inputs = {path: leaf for r in run.resources for path, leaf in leaves(dict(r.inputs), f"{r.type} {r.name}: ")}
    return inputs | dict(leaves(run.outputs, "output: "))


def known(values: dict[str, Any]) -> dict[str, Any]:
    return {path: leaf for path, leaf in values.items() if not isinstance(leaf, Unknown)}


def strange_texts(run: Run) -> list[str]:
    return [f"{path} = {leaf}" for path, leaf in known(everything(run)).items() if NO_VALUE.search(str(leaf))]


def test_shows_the_resources_that_the_update_creates(both: tuple[Run, Run]) -> None:
    preview, update = both
    assert sorted((r.type, r.name, r.parent, r.protected) for r in preview.resources) == sorted(
        (r.type, r.name, r.parent, r.protected) for r in update.resources
    )


def test_known_values_are_those_of_the_update(both: tuple[Run, Run]) -> None:
    preview, update = map(everything, both)
    assert known(preview).items() <= update.items()
    assert len(known(preview)) > len(preview) / 2


def test_only_values_that_services_compute_are_unknown(both: tuple[Run, Run]) -> None:
    preview, update = map(everything, both)
    unknown = {path: update[path] for path in preview.keys() - known(preview).keys() if path in update}
    assert unknown
    computed = re.compile(r"arn:aws:|https://sqs\.|-id$|^vcp-test-h264-hq-[0-9a-f]{8}$")
    assert [f"{path} = {value}" for path, value in unknown.items() if not computed.search(str(value))] == []


def test_every_name_is_known(both: tuple[Run, Run]) -> None:
    preview, _ = both
    for resource in preview.resources:
        for key in NAMES:
            assert not isinstance(resource.inputs.get(key), Unknown), f"{resource.type} {resource.name}: {key}"


def test_the_update_knows_everything(both: tuple[Run, Run]) -> None:
    _, update = both
    values = everything(update)
    assert known(values) == values


def test_no_text_replaces_a_value(both: tuple[Run, Run]) -> None:
    for made in both:
        assert strange_texts(made) == []


def formatted() -> None:
    queue = aws.sqs.Queue("jobs")
    aws.sns.Topic("news", display_name=f"about {queue.arn}")


def condition() -> None:
    queue = aws.sqs.Queue("jobs")
    aws.sns.Topic("news", display_name="some" if queue.arn else "none")


def comparison() -> None:
    queue: Any = aws.sqs.Queue("jobs")
    aws.sns.Topic("news", display_name="mine" if queue.arn == "arn:aws:sqs:mine" else "other")


def membership() -> None:
    queue: Any = aws.sqs.Queue("jobs")
    aws.sns.Topic("news", display_name="mine" if queue.arn in ("arn:aws:sqs:mine",) else "other")


def loop() -> None:
    for letter in aws.sqs.Queue("jobs").arn:
        aws.sns.Topic(f"news-{letter}")


def resource_in_apply() -> None:
    aws.get_caller_identity_output().account_id.apply(lambda account: aws.sns.Topic("news", name=f"news-{account}"))


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize(
    ("program", "message"),
    [
        (formatted, "Calling __str__ on an Output"),
        (condition, "used as a condition"),
        (comparison, "compared, which is never equal"),
        (membership, "compared, which is never equal"),
        (loop, "'Output' object is not iterable"),
        (resource_in_apply, "aws:sns/topic:Topic news is created inside apply"),
    ],
)
def test_detects_an_output_used_as_a_value(program: Callable[[], None], message: str, preview: bool) -> None:
    with pytest.raises(Exception, match=re.escape(message)):
        run(program=program, preview=preview)


def test_detects_a_resource_that_a_preview_cannot_show() -> None:
    def program() -> None:
        aws.sqs.Queue("jobs").arn.apply(lambda arn: aws.sns.Topic("news", display_name=arn))

    assert not run(program=program, preview=True).of("sns/topic:Topic")
    with pytest.raises(OutputMisused, match="Topic news is created inside apply"):
        run(program=program)


def test_detects_text_in_the_place_of_a_value() -> None:
    def program() -> None:
        aws.sns.Topic("news", display_name=f"about {None}")

    assert strange_texts(run(program=program)) == ["aws:sns/topic:Topic news: .displayName = about None"]
