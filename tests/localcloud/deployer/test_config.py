"""Configuration: declared, typed, with defaults; and one sentence for each mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.deployer import ConfigError
from localcloud.deployer.project import load_project, resolve_configuration

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


def _resolve(directory: Path, stack: str | None = None, project: str = _PROJECT, **overrides: Any) -> dict[str, str]:
    (directory / "Pulumi.yaml").write_text(project, "utf-8")
    (directory / "__main__.py").touch()
    if stack is not None:
        (directory / "Pulumi.dev.yaml").write_text(stack, "utf-8")
    secrets = overrides.pop("secrets", {})
    return dict(resolve_configuration(load_project(directory), "dev", overrides, secrets).values)


def test_defaults_are_texts_as_pulumi_reads_them(tmp_path: Path) -> None:
    assert _resolve(tmp_path) == {
        "aws:region": "eu-west-1",
        "shop:limit": "5",
        "shop:open": "true",
        "shop:title": "Shop",
        "shop:shelves": '["a", "b"]',
        "shop:prices": '{"apple": 1}',
        "shop:token": "none",
    }


def test_the_stack_file_beats_defaults_and_overrides_beat_both(tmp_path: Path) -> None:
    stack = "config:\n  shop:limit: 6\n  title: Corner shop\n  aws:region: us-west-2\n"
    values = _resolve(tmp_path, stack, limit="7", open="false", shelves='["z"]')
    assert values["shop:limit"] == "7"
    assert values["shop:title"] == "Corner shop"
    assert values["aws:region"] == "us-west-2"
    assert values["shop:open"] == "false"
    assert values["shop:shelves"] == '["z"]'


@pytest.mark.parametrize(
    ("stack", "overrides", "sentence"),
    [
        (None, {"limit": "many"}, "override: shop:limit is 'many', which is not of type integer"),
        (None, {"limit": "true"}, "not of type integer"),
        (None, {"limit": "1.5"}, "not of type integer"),
        (None, {"open": "yes"}, "not of type boolean"),
        (None, {"shelves": "[1]"}, "not of type array of string"),
        (None, {"shelves": "a,b"}, "not of type array"),
        (None, {"prices": "[]"}, "not of type object"),
        (None, {"limmit": "1"}, "shop:limmit is not declared in Pulumi.yaml; did you mean shop:limit?"),
        ("config:\n  shop:title: [a]\n", {}, "Pulumi.dev.yaml: shop:title is"),
        ("config:\n  shop:other: 1\n", {}, "Pulumi.dev.yaml: shop:other is not declared"),
        ("config:\n  shop:token: {secure: AAAB}\n", {}, "shop:token is encrypted and cannot be decrypted here"),
        ("confg: {}\n", {}, "confg is not understood"),
        ("config: [\n", {}, "not valid YAML"),
    ],
)
def test_mistakes(tmp_path: Path, stack: str | None, overrides: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        _resolve(tmp_path, stack, **overrides)
    assert sentence in str(wrong.value)


def test_a_wrong_secret_is_not_repeated(tmp_path: Path) -> None:
    project = _PROJECT.replace(
        "token: {type: string, secret: true, default: none}", "pin: {type: integer, secret: true}"
    )
    with pytest.raises(ConfigError) as wrong:
        _resolve(tmp_path, project=project, secrets={"pin": "hush-hush"})
    assert "hush" not in str(wrong.value)


def test_an_encrypted_value_can_be_overridden(tmp_path: Path) -> None:
    stack = "encryptionsalt: v1:x\nconfig:\n  shop:token: {secure: AAAB}\n"
    assert _resolve(tmp_path, stack, secrets={"token": "open"})["shop:token"] == "open"


def test_a_key_without_default_must_be_given(tmp_path: Path) -> None:
    project = _PROJECT.replace("limit: {type: integer, default: 5}", "limit: {type: integer}")
    with pytest.raises(ConfigError, match="stack dev has no value for shop:limit"):
        _resolve(tmp_path, project=project)


def test_without_declarations_any_key_goes(tmp_path: Path) -> None:
    assert _resolve(tmp_path, project="name: shop\nruntime: python\n", free="1") == {"shop:free": "1"}


@pytest.mark.parametrize(
    ("project", "sentence"),
    [
        ("name: shop\nruntime: nodejs\n", "runtime 'nodejs' is not Python"),
        ("runtime: python\n", "has no name"),
        ("name: shop\nruntime: python\nmain: elsewhere.py\n", "elsewhere.py does not exist"),
        ("name: shop\nruntime: python\nconfig: {a: {type: float}}\n", "type 'float' is none of"),
        ("name: shop\nruntime: python\nconfig: {a: {type: integer, default: x}}\n", "not of type integer"),
        ("name: shop\nruntime: python\nconfig: {a: {tpe: integer}}\n", "tpe is not understood"),
    ],
)
def test_a_wrong_project_file(tmp_path: Path, project: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        _resolve(tmp_path, project=project)
