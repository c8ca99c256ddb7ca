"""Pulumi.yaml and Pulumi.<stack>.yaml: which program to run, with which configuration.

Values are merged as the Pulumi CLI does: defaults of the project file, then the stack file, then overrides. Types and
unknown keys are left to the program, which has to check them anyway.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from localcloud.deployer.errors import ConfigError


@dataclass(frozen=True)
class Project:
    """A Pulumi program on disk. `config` is the block of Pulumi.yaml, keyed `<namespace>:<key>`."""

    name: str
    directory: Path
    entry: Path
    config: Mapping[str, Any]


@dataclass(frozen=True)
class Configuration:
    """Each key, with its namespace, as the string that `pulumi.Config` reads; and which keys are secret."""

    values: Mapping[str, str]
    secret_keys: frozenset[str]

    @property
    def secrets(self) -> frozenset[str]:
        """The values of the secret keys."""
        return frozenset(self.values[key] for key in self.secret_keys if key in self.values)


def load_project(directory: Path) -> Project:
    """Read Pulumi.yaml and find the program's entry point. Raises ConfigError."""
    path = directory / "Pulumi.yaml"
    if not path.exists():
        raise ConfigError(f"{path} does not exist")
    document = _read_yaml(path)
    if not document.get("name"):
        raise ConfigError(f"{path} has no name")
    name = str(document["name"])
    entry = (directory / str(document.get("main", "."))).resolve()
    entry = entry / "__main__.py" if entry.is_dir() else entry
    if not entry.is_file():
        raise ConfigError(f"the program's entry point {entry} does not exist")
    config = {_qualified(key, name): value for key, value in (document.get("config") or {}).items()}
    return Project(name, directory.resolve(), entry, config)


def resolve_configuration(
    project: Project, stack: str, overrides: Mapping[str, str], secrets: Mapping[str, str]
) -> Configuration:
    """Merge defaults, the stack file and overrides. Raises ConfigError for a key without a value."""
    given = {key: _default(value) for key, value in project.config.items()}
    secret_keys = {key for key, value in project.config.items() if isinstance(value, Mapping) and value.get("secret")}
    stack_file = _read_yaml(project.directory / f"Pulumi.{stack}.yaml").get("config") or {}
    given |= {_qualified(key, project.name): value for key, value in stack_file.items()}
    given |= {_qualified(key, project.name): value for key, value in {**overrides, **secrets}.items()}
    for key, value in given.items():
        if value is None:
            raise ConfigError(f"stack {stack} has no value for {key}")
        if isinstance(value, Mapping) and "secure" in value:
            raise ConfigError(f"{key} is encrypted and cannot be decrypted here; give it as a secret override")
    secret_keys |= {_qualified(key, project.name) for key in secrets}
    return Configuration({key: _text(value) for key, value in given.items()}, frozenset(secret_keys))


def _qualified(key: str, project: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _default(declaration: Any) -> Any:
    """`key: value` is short for a default; otherwise the declaration is an object."""
    if isinstance(declaration, Mapping):
        return declaration.get("default", declaration.get("value"))
    return declaration


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text("utf-8")) if path.exists() else None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(document, dict | None):
        raise ConfigError(f"{path} is not a mapping")
    return document or {}
