"""Print this machine's package index settings as a pip.conf, for pip in the image build.

Combines pip's files with the environment variables of pip and uv, which take precedence as in pip.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from configparser import RawConfigParser
from pathlib import Path

#: Option of pip.conf -> its environment variables; the first one set counts.
VARIABLES = {
    "index-url": ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "extra-index-url": ("PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "trusted-host": ("PIP_TRUSTED_HOST", "UV_INSECURE_HOST"),
    "proxy": ("PIP_PROXY",),
    "timeout": ("PIP_DEFAULT_TIMEOUT", "UV_HTTP_TIMEOUT"),
}
#: uv allows named indexes: `ours=https://...`.
_INDEX_NAME = re.compile(r"(?<!\S)[\w.-]+=(?=https?:)")


def pip_files(environment: Mapping[str, str]) -> list[Path]:
    """Return the files that pip reads, in increasing precedence (pip documentation, "Configuration files")."""
    named = environment.get("PIP_CONFIG_FILE")
    home = Path(environment.get("HOME") or "/nonexistent")
    configuration = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    files = [Path("/etc/pip.conf"), home / ".pip/pip.conf", configuration / "pip/pip.conf"]
    return files if named is None else [*files, Path(named)] if named != os.devnull else []


def settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the options that are set, by name. Raises configparser.Error for an invalid file."""
    found: dict[str, str] = {}
    for path in pip_files(environment):
        parser = RawConfigParser()
        parser.read(path)
        for section in ("global", "install"):
            if parser.has_section(section):
                found |= {key.replace("_", "-"): value for key, value in parser.items(section)}
    for option, variables in VARIABLES.items():
        value = next((environment[name] for name in variables if environment.get(name)), None)
        if value is not None:
            found[option] = _INDEX_NAME.sub("", value) if option.endswith("url") else value
    return {option: value for option, value in found.items() if option in VARIABLES}


def text(options: Mapping[str, str]) -> str:
    """Return a pip.conf; empty when nothing is set."""
    lines = [f"{option} = {' '.join(value.split())}\n" for option, value in options.items()]
    return "".join(["[global]\n", *lines]) if lines else ""


if __name__ == "__main__":
    sys.stdout.write(text(settings(os.environ)))
