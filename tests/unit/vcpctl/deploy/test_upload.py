"""Images into a registry: byte for byte, each part once, and only what was built."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from tests.unit.vcpctl.deploy.registry import REGION, FakeRegistry, lay_image
from vcpctl.command_exit import CommandExit
from vcpctl.deploy.upload import Layout, Repository


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, session: boto3.Session) -> Iterator[FakeRegistry]:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        boto3.client("ecr", REGION).create_repository(repositoryName="vcp/media", imageTagMutability="IMMUTABLE")
        with FakeRegistry().running() as running:
            yield running


def repository(registry: FakeRegistry, password: str = "secret") -> Repository:
    return Repository(f"{registry.url}/v2/vcp/media", "AWS", password)


def test_an_image_arrives_with_the_digest_that_it_was_built_with(registry: FakeRegistry, tmp_path: Path) -> None:
    digest = lay_image(tmp_path, "media")
    assert repository(registry).push(Layout(tmp_path), "1f0c3a9") == digest
    (detail,) = boto3.client("ecr", REGION).describe_images(repositoryName="vcp/media")["imageDetails"]
    assert (detail["imageDigest"], detail["imageTags"]) == (digest, ["1f0c3a9"])
    for arrived, content in registry.blobs.items():
        assert (tmp_path / "blobs" / arrived.replace(":", "/")).read_bytes() == content


def test_what_the_registry_has_is_not_sent_again(registry: FakeRegistry, tmp_path: Path) -> None:
    lay_image(tmp_path / "one", "one")
    lay_image(tmp_path / "two", "two")
    repository(registry).push(Layout(tmp_path / "one"), "1111111")
    repository(registry).push(Layout(tmp_path / "two"), "2222222")
    assert len(registry.sent) == 5  # a layer and a configuration each, and the layer that both have


def test_a_part_that_was_changed_on_the_way_is_refused(registry: FakeRegistry, tmp_path: Path) -> None:
    lay_image(tmp_path, "media")
    layer = tmp_path / "blobs/sha256" / hashlib.sha256(b"media" * 100).hexdigest()
    layer.write_bytes(b"something else")
    with pytest.raises(CommandExit, match=r"The registry refused PUT .* 400 DIGEST_INVALID"):
        repository(registry).push(Layout(tmp_path), "1f0c3a9")
    assert not boto3.client("ecr", REGION).describe_images(repositoryName="vcp/media")["imageDetails"]


def test_an_image_that_was_changed_after_it_was_built_is_not_pushed(registry: FakeRegistry, tmp_path: Path) -> None:
    manifest = Layout(tmp_path).blob(lay_image(tmp_path, "media"))
    manifest.write_text(manifest.read_text("utf-8").replace("{", "{ ", 1), "utf-8")
    with pytest.raises(CommandExit, match="was changed after it was built"):
        repository(registry).push(Layout(tmp_path), "1f0c3a9")
    assert not registry.sent


def test_an_index_of_images_is_refused_since_lambda_does(registry: FakeRegistry, tmp_path: Path) -> None:
    index = json.dumps({"schemaVersion": 2, "manifests": []}).encode()
    digest = hashlib.sha256(index).hexdigest()
    (tmp_path / "blobs/sha256").mkdir(parents=True)
    (tmp_path / "blobs/sha256" / digest).write_bytes(index)
    (tmp_path / "index.json").write_text(json.dumps({"manifests": [{"digest": f"sha256:{digest}"}]}), "utf-8")
    with pytest.raises(CommandExit, match="index of images, which Lambda does not take"):
        repository(registry).push(Layout(tmp_path), "1f0c3a9")


@pytest.mark.parametrize("content", [None, "{}", "not json", '{"manifests": [{"digest": "sha256:12"}]}'])
def test_a_folder_that_holds_no_image_is_told_by_its_name(
    registry: FakeRegistry, tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "index.json").write_text(content, "utf-8")
    with pytest.raises(CommandExit, match=rf"^{tmp_path} holds no image .*: run  make images  again$"):
        repository(registry).push(Layout(tmp_path), "1f0c3a9")


def test_a_registry_that_does_not_know_us_is_told_with_its_words(registry: FakeRegistry, tmp_path: Path) -> None:
    lay_image(tmp_path, "media")
    with pytest.raises(CommandExit, match=r"The registry refused POST .*/v2/vcp/media/blobs/uploads/: 401 who"):
        repository(registry, password="").push(Layout(tmp_path), "1f0c3a9")


def test_a_registry_that_is_gone_is_told_as_such(tmp_path: Path) -> None:
    lay_image(tmp_path, "media")
    with pytest.raises(CommandExit, match=r"did not take what was sent .* Run it again: what has arrived stays"):
        Repository("http://127.0.0.1:9/v2/vcp/media", "AWS", "x").push(Layout(tmp_path), "1f0c3a9")
