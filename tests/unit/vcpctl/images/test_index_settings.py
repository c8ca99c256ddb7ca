"""This machine's package index settings for the image build."""

from __future__ import annotations

from configparser import RawConfigParser
from pathlib import Path

import pytest

from vcpctl.images import index_settings

#: Excludes this machine's own files.
NO_FILES = {"PIP_CONFIG_FILE": "/dev/null"}


def test_prints_nothing_without_settings() -> None:
    assert index_settings.text(index_settings.settings(NO_FILES)) == ""


def test_converts_environment_variables_of_pip_and_uv() -> None:
    environment = {
        **NO_FILES,
        "UV_DEFAULT_INDEX": "ours=https://ci:word@index.example/simple",
        "UV_INDEX": "https://a.example/simple b=https://b.example/simple",
        "PIP_TRUSTED_HOST": "index.example",
    }
    parser = RawConfigParser()
    parser.read_string(index_settings.text(index_settings.settings(environment)))
    assert dict(parser["global"]) == {
        "index-url": "https://ci:word@index.example/simple",
        "extra-index-url": "https://a.example/simple https://b.example/simple",
        "trusted-host": "index.example",
    }


def test_variables_take_precedence_and_other_options_are_dropped(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text(
        "[global]\nindex_url = https://file.example/simple\ntimeout = 7\ncert = /here/only.pem\n"
        "[install]\nextra-index-url =\n  https://one.example\n  https://two.example\n",
        "utf-8",
    )
    environment = {"PIP_CONFIG_FILE": str(file), "PIP_INDEX_URL": "https://environment.example/simple", "HOME": "/no"}
    assert index_settings.settings(environment) == {
        "index-url": "https://environment.example/simple",
        "timeout": "7",
        "extra-index-url": "\nhttps://one.example\nhttps://two.example",
    }
    written = index_settings.text(index_settings.settings(environment))
    assert "extra-index-url = https://one.example https://two.example\n" in written


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"HOME": "{home}"}, ".config/pip/pip.conf"),
        ({"HOME": "{home}"}, ".pip/pip.conf"),
        ({"HOME": "/no", "XDG_CONFIG_HOME": "{home}"}, "pip/pip.conf"),
    ],
)
def test_finds_the_users_file(tmp_path: Path, environment: dict[str, str], place: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).write_text("[global]\nindex-url = https://mine.example/simple\n", "utf-8")
    variables = {name: text.format(home=tmp_path) for name, text in environment.items()}
    assert index_settings.settings(variables)["index-url"] == "https://mine.example/simple"
