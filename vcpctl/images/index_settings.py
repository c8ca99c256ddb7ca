"""This machine's settings of the package index as one pip.conf, printed, for the build of the images.

pip reads a file, uv and CI speak by environment variables; inside the build there is pip alone. Nothing is printed
that was not set. What the variables say goes before what the file says, as with pip itself.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from configparser import RawConfigParser
from pathlib import Path

#: Option of pip.conf -> variables that say it, the first that is set.
VARIABLES = {
    "index-url": ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "extra-index-url": ("PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "trusted-host": ("PIP_TRUSTED_HOST", "UV_INSECURE_HOST"),
    "proxy": ("PIP_PROXY",),
    "timeout": ("PIP_DEFAULT_TIMEOUT", "UV_HTTP_TIMEOUT"),
}
#: uv lets an index have a name: `ours=https://...`.
_NAME_OF_INDEX = re.compile(r"(?<!\S)[\w.-]+=(?=https?:)")


def pip_files(environment: Mapping[str, str]) -> list[Path]:
    """The files that pip reads, the weakest first (pip documentation, "Configuration files")."""
    named = environment.get("PIP_CONFIG_FILE")
    home = Path(environment.get("HOME") or "/nonexistent")
    configuration = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    files = [Path("/etc/pip.conf"), home / ".pip/pip.conf", configuration / "pip/pip.conf"]
    return files if named is None else [*files, Path(named)] if named != os.devnull else []


def settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The options that are set, by their names in pip.conf. Raises `configparser.Error` for a file that pip would not
    read either."""
    found: dict[str, str] = {}
    for path in pip_files(environment):
        parser = RawConfigParser()
        parser.read(path)
        for section in ("global", "install"):
            if parser.has_section(section):
                found |= {key.replace("_", "-"): value for key, value in parser.items(section)}
    for option, variables in VARIABLES.items():
        said = next((environment[name] for name in variables if environment.get(name)), None)
        if said is not None:
            found[option] = _NAME_OF_INDEX.sub("", said) if option.endswith("url") else said
    return {option: value for option, value in found.items() if option in VARIABLES}


def text(options: Mapping[str, str]) -> str:
    """A pip.conf; empty when nothing is set."""
    lines = [f"{option} = {' '.join(value.split())}\n" for option, value in options.items()]
    return "".join(["[global]\n", *lines]) if lines else ""


if __name__ == "__main__":
    sys.stdout.write(text(settings(os.environ)))
