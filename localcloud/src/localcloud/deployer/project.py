"""Pulumi.yaml and Pulumi.<stack>.yaml: which program, with which configuration.

Rules follow the Pulumi CLI: typed keys with defaults in the project file, values in the stack file, namespaces
(`aws:region`). Stricter than the CLI: a key of the project's namespace that Pulumi.yaml does not declare is an
error, so that a misspelt key cannot pass unnoticed.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from localcloud.deployer.errors import ConfigError

_TYPES: Final = ("string", "integer", "boolean", "array", "object")
#: Written by `pulumi stack init`; say how secure values are encrypted, nothing about the program.
_ENCRYPTION_KEYS: Final = {"encryptionsalt", "encryptedkey", "secretsprovider"}


@dataclass(frozen=True)
class Declaration:
    """One key of Pulumi.yaml's `config`. Without a type, anything goes."""

    type: str | None = None
    default: Any = None
    value: Any = None
    secret: bool = False
    items: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Project:
    """A Pulumi program on disk."""

    name: str
    directory: Path
    entry: Path
    declarations: Mapping[str, Declaration]
    #: Without a `config` block there is nothing to hold keys against.
    strict: bool


@dataclass(frozen=True)
class Configuration:
    """Every key (with namespace) as the string that `pulumi.Config` reads, and which of them are secret."""

    values: Mapping[str, str]
    secret_keys: frozenset[str]


def load_project(directory: Path) -> Project:
    """Read Pulumi.yaml and find the program's entry point."""
    document = _read_yaml(directory / "Pulumi.yaml", required=True)
    name = document.get("name")
    if not isinstance(name, str) or not name:
        raise ConfigError(f"{directory / 'Pulumi.yaml'} has no name")
    runtime = document.get("runtime", "python")
    runtime = runtime.get("name") if isinstance(runtime, Mapping) else runtime
    if runtime != "python":
        raise ConfigError(f"{directory / 'Pulumi.yaml'}: runtime {runtime!r} is not Python")
    entry = (directory / str(document.get("main", "."))).resolve()
    entry = entry / "__main__.py" if entry.is_dir() else entry
    if not entry.is_file():
        raise ConfigError(f"the program's entry point {entry} does not exist")
    block = document.get("config") or {}
    declarations = {_qualified(key, name): _declaration(key, value) for key, value in block.items()}
    return Project(name, directory.resolve(), entry, declarations, strict=bool(block))


def _declaration(key: str, value: Any) -> Declaration:
    if not isinstance(value, Mapping):
        # Shorthand `key: value`: a default in the project's namespace, a fixed value in another.
        return Declaration(default=value)
    surplus = set(value) - {"type", "default", "description", "secret", "items", "value"}
    if surplus:
        raise ConfigError(f"Pulumi.yaml: config {key}: {', '.join(sorted(surplus))} is not understood")
    kind = value.get("type")
    if kind is not None and kind not in _TYPES:
        raise ConfigError(f"Pulumi.yaml: config {key}: type {kind!r} is none of {', '.join(_TYPES)}")
    declaration = Declaration(
        kind, value.get("default"), value.get("value"), bool(value.get("secret")), value.get("items")
    )
    if declaration.default is not None:
        _text_of(key, declaration.default, declaration, "default")
    return declaration


def resolve_configuration(
    project: Project, stack: str, overrides: Mapping[str, str], secrets: Mapping[str, str]
) -> Configuration:
    """Defaults, then the stack file, then overrides; all checked against the declarations."""
    stack_path = project.directory / f"Pulumi.{stack}.yaml"
    document = _read_yaml(stack_path, required=False)
    surplus = set(document) - {"config", "environment"} - _ENCRYPTION_KEYS
    if surplus:
        raise ConfigError(f"{stack_path.name}: {', '.join(sorted(surplus))} is not understood")
    if document.get("environment"):
        raise ConfigError(f"{stack_path.name}: environments (ESC) cannot be opened by the local cloud")
    overriding = {_qualified(key, project.name): value for key, value in {**overrides, **secrets}.items()}
    given: dict[str, tuple[Any, str]] = {}
    for key, value in (document.get("config") or {}).items():
        given[_qualified(key, project.name)] = (value, stack_path.name)
    secret_keys = {_qualified(key, project.name) for key in secrets}
    for key, (value, origin) in given.items():
        if isinstance(value, Mapping) and "secure" in value:
            secret_keys.add(key)
            if key not in overriding:
                raise ConfigError(
                    f"{origin}: {key} is encrypted and cannot be decrypted here; give it as a secret override"
                )
    given.update({key: (value, "override") for key, value in overriding.items()})
    return _checked(project, stack, given, secret_keys)


def _checked(
    project: Project, stack: str, given: Mapping[str, tuple[Any, str]], secret_keys: set[str]
) -> Configuration:
    values: dict[str, str] = {}
    for key, (value, origin) in given.items():
        declaration = project.declarations.get(key)
        if declaration is None and project.strict and key.startswith(project.name + ":"):
            raise ConfigError(f"{origin}: {key} is not declared in Pulumi.yaml{_suggestion(key, project)}")
        values[key] = _text_of(key, value, declaration or Declaration(), origin)
    missing = []
    for key, declaration in project.declarations.items():
        if declaration.secret:
            secret_keys.add(key)
        if key in values:
            continue
        standing = declaration.default if declaration.default is not None else declaration.value
        if standing is None:
            missing.append(key)
        else:
            values[key] = _text_of(key, standing, declaration, "Pulumi.yaml")
    if missing:
        raise ConfigError(f"stack {stack} has no value for {', '.join(sorted(missing))}")
    return Configuration(values, frozenset(secret_keys))


def _suggestion(key: str, project: Project) -> str:
    close = difflib.get_close_matches(key, project.declarations, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _qualified(key: str, project: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _text_of(key: str, value: Any, declaration: Declaration, origin: str) -> str:
    """The value as `pulumi.Config` will read it, after its type was checked."""
    parsed = _parsed(value, declaration.type)
    if not _fits(parsed, declaration.type, declaration.items):
        items = f" of {declaration.items['type']}" if declaration.items and "type" in declaration.items else ""
        shown = "[secret]" if declaration.secret else repr(value)
        raise ConfigError(f"{origin}: {key} is {shown}, which is not of type {declaration.type}{items}")
    if isinstance(parsed, bool):
        return "true" if parsed else "false"
    return json.dumps(parsed) if isinstance(parsed, list | Mapping) else str(parsed)


def _parsed(value: Any, kind: str | None) -> Any:
    """Overrides and YAML scalars are texts; bring them to the declared type where they read as such."""
    if kind == "string" and not isinstance(value, list | Mapping):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(value, str):
        return value
    if kind == "boolean":
        return {"true": True, "false": False}.get(value, value)
    if kind in ("integer", "array", "object"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _fits(value: Any, kind: str | None, items: Mapping[str, Any] | None) -> bool:
    match kind:
        case None:
            return True
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "object":
            return isinstance(value, Mapping)
    if not isinstance(value, list):
        return False
    nested = (items or {}).get("items")
    return all(_fits(element, (items or {}).get("type"), nested) for element in value)


def _read_yaml(path: Path, *, required: bool) -> dict[str, Any]:
    if not path.exists():
        if required:
            raise ConfigError(f"{path} does not exist")
        return {}
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(document, dict | None):
        raise ConfigError(f"{path} is not a mapping")
    return document or {}
