"""The project file and the configuration of a stack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.deployer.errors import ConfigError
from localcloud.deployer.project import Configuration, load_project, resolve_configuration

_PROJECT = """
name: shop
runtime:
  name: python
config:
  aws:region: eu-west-1
  limit: {type: integer, default: 5}
  open: {type: boolean, default: true}
  title: {type: string, default: Shop}
  shelves: {type: array, items: {type: string}, default: [a, b]}
  prices: {type: object, default: {apple: 1}}
  token: {type: string, secret: true, default: none}
"""


def _resolve(
    directory: Path, stack: str | None = None, project: str = _PROJECT, *, secrets: Any = None, **overrides: str
) -> Configuration:
    (directory / "Pulumi.yaml").write_text(project, "utf-8")
    (directory / "__main__.py").touch()
    if stack is not None:
        (directory / "Pulumi.dev.yaml").write_text(stack, "utf-8")
    return resolve_configuration(load_project(directory), "dev", overrides, secrets or {})


def test_defaults_are_texts_as_pulumi_reads_them(tmp_path: Path) -> None:
    assert _resolve(tmp_path).values == {
        "aws:region": "eu-west-1",
        "shop:limit": "5",
        "shop:open": "true",
        "shop:title": "Shop",
        "shop:shelves": '["a", "b"]',
        "shop:prices": '{"apple": 1}',
        "shop:token": "none",
    }


def test_overrides_have_precedence_over_the_stack_file_and_both_over_defaults(tmp_path: Path) -> None:
    stack = "config:\n  shop:limit: 6\n  title: Corner shop\n  aws:region: us-west-2\n"
    values = _resolve(tmp_path, stack, limit="7", open="false").values
    assert values["shop:limit"] == "7"
    assert values["shop:title"] == "Corner shop"
    assert values["aws:region"] == "us-west-2"
    assert values["shop:open"] == "false"


def test_a_declared_or_given_secret_is_secret(tmp_path: Path) -> None:
    configuration = _resolve(tmp_path, secrets={"title": "hush"})
    assert configuration.secret_keys == {"shop:token", "shop:title"}
    assert configuration.secrets == {"none", "hush"}


def test_an_encrypted_value_can_be_overridden(tmp_path: Path) -> None:
    stack = "encryptionsalt: v1:x\nconfig:\n  shop:token: {secure: AAAB}\n"
    assert _resolve(tmp_path, stack, secrets={"token": "open"}).values["shop:token"] == "open"
    with pytest.raises(ConfigError, match="shop:token is encrypted and cannot be decrypted here"):
        _resolve(tmp_path, stack)


def test_rejects_a_key_without_a_value(tmp_path: Path) -> None:
    project = _PROJECT.replace("limit: {type: integer, default: 5}", "limit: {type: integer}")
    with pytest.raises(ConfigError, match="stack dev has no value for shop:limit"):
        _resolve(tmp_path, project=project)


@pytest.mark.parametrize(
    ("project", "sentence"),
    [
        ("runtime: python\n", "has no name"),
        ("name: shop\nmain: elsewhere.py\n", "elsewhere.py does not exist"),
        ("name: [\n", "not valid YAML"),
        ("shop\n", "is not a mapping"),
    ],
)
def test_rejects_an_invalid_project_file(tmp_path: Path, project: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        _resolve(tmp_path, project=project)
