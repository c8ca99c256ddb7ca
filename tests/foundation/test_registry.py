"""The registries: tags are immutable, and images stay as long as a stack may run them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import pytest

from foundation.names import DEPLOYED_TAG
from tests.foundation.harness import run
from tests.infra.harness import ACCOUNT, REGION, Run


@dataclass
class Image:
    """An image in a repository; later ones have higher numbers."""

    number: int
    tags: set[str] = field(default_factory=set)


def expired(made: Run, images: list[Image]) -> set[int]:
    """Return the images that the lifecycle policy deletes, by ECR's user guide.

    Rules apply in order of priority. An image that matches the tags of one rule is counted, but not deleted, by later
    rules.
    """
    (policy,) = {r.inputs["policy"] for r in made.of("ecr/lifecyclePolicy:LifecyclePolicy")}
    gone: set[int] = set()
    shielded: set[int] = set()
    for rule in sorted(json.loads(policy)["rules"], key=lambda rule: int(rule["rulePriority"])):
        selection = rule["selection"]
        if selection["tagStatus"] == "untagged":
            assert (selection["countType"], selection["countUnit"]) == ("sinceImagePushed", "days")
            continue
        assert selection["countType"] == "imageCountMoreThan"
        patterns = [f"{prefix}*" for prefix in selection.get("tagPrefixList", [])] + selection.get("tagPatternList", [])
        matching = [i for i in images if all(any(fnmatchcase(t, p) for t in i.tags) for p in patterns)]
        latest = sorted(matching, key=lambda image: image.number, reverse=True)
        gone |= {image.number for image in latest[selection["countNumber"] :]} - shielded
        shielded |= {image.number for image in matching}
    return gone


def pushed(count: int) -> list[Image]:
    return [Image(number, {f"{number:040x}"}) for number in range(count)]


def deployed(image: Image, stack: str) -> None:
    image.tags.add(DEPLOYED_TAG.format(stack=stack, revision=f"{image.number:040x}"))


def test_a_running_image_stays_after_many_pushes(foundation: Run) -> None:
    images = pushed(500)
    deployed(images[3], "prod")
    for image in images[100:]:
        deployed(image, "dev")
    gone = expired(foundation, images)
    assert 3 not in gone
    assert {number for number in range(500) if number not in gone} == {3, *range(480, 500)}


def test_a_rolled_back_stack_keeps_its_images(foundation: Run) -> None:
    images = pushed(300)
    for image in images[:20]:
        deployed(image, "prod")
    assert not expired(foundation, images) & set(range(20))


def test_the_latest_pushed_images_stay(foundation: Run) -> None:
    assert expired(foundation, pushed(60)) == set(range(10))
    assert expired(run({"keepRevisions": "5"}), pushed(60)) == set(range(55))


def test_untagged_images_expire_after_days(foundation: Run) -> None:
    for made, days in ((foundation, 14), (run({"untaggedDays": "3"}), 3)):
        for policy in made.of("ecr/lifecyclePolicy:LifecyclePolicy"):
            *_, last = json.loads(policy.inputs["policy"])["rules"]
            assert (last["selection"]["tagStatus"], last["selection"]["countNumber"]) == ("untagged", days)


@pytest.mark.parametrize("name", ["vcp/media", "vcp/core"])
def test_repositories_are_immutable_scanned_encrypted_and_protected(foundation: Run, name: str) -> None:
    repository = foundation.one("ecr/repository:Repository", name)
    assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
    assert "imageTagMutabilityExclusionFilters" not in repository.inputs
    assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
    assert repository.inputs["encryptionConfigurations"] == [{"encryptionType": "AES256"}]
    assert repository.inputs["forceDelete"] is False
    assert repository.protected


def test_only_functions_of_this_account_and_region_may_pull_images(foundation: Run) -> None:
    policies = foundation.of("ecr/repositoryPolicy:RepositoryPolicy")
    assert {p.inputs["repository"] for p in policies} == {"vcp/media", "vcp/core"}
    for policy in policies:
        (statement,) = json.loads(policy.inputs["policy"])["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert statement["Action"] == ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:*"},
        }
