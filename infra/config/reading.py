"""Read a program's Pulumi configuration into a pydantic model.

Every problem is reported at once, in one line each: key, value (secrets are hidden) and what is allowed.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, get_origin

import pulumi
from pulumi.runtime import get_config, get_config_env, is_config_secret
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

#: Namespaces of the provider and the CLI.
_FOREIGN = ("aws", "pulumi")
#: A longer value is usually pasted into the wrong place.
_MAX_SHOWN = 160
_SHOWN_OF_LONGER = 40

M = TypeVar("M", bound=BaseModel)


class ConfigurationError(pulumi.RunError):
    """The configuration is wrong. Pulumi shows the error without a traceback."""

    def __init__(self, title: str, problems: Sequence[str]) -> None:
        super().__init__("\n  - ".join([f"the configuration of {title} is not usable:", *problems]))


def load(model: type[M], title: str, extra: Mapping[str, str] | None = None) -> M:
    """Return the configuration as `model`, whose aliases are the keys with their namespace.

    Raises `ConfigurationError` with every problem.

    Args:
        model: its cross checks run when each value is right by itself.
        title: whose configuration it is, for the error.
        extra: values that are not part of Pulumi's configuration, by alias.
    """
    given = {key: get_config(key) for key in {*keys(model).values(), *get_config_env()}}
    texts = {key: str(text) for key, text in {**given, **(extra or {})}.items() if text is not None}
    values = {key: _decoded(model, field, texts[key]) for field, key in keys(model).items() if key in texts}
    problems = [*_secrets_in_plain_text(model, texts), *_unknown_keys(model, texts)]
    try:
        settings = model.model_validate(values)
    except ValidationError as failure:
        wrong = [_line(model, texts, error) for error in failure.errors(include_url=False)]
        raise ConfigurationError(title, wrong + problems) from None
    if problems:
        raise ConfigurationError(title, problems)
    return settings


def keys(model: type[BaseModel]) -> dict[str, str]:
    """Return field -> key with its namespace."""
    return {field: str(info.alias) for field, info in model.model_fields.items()}


def problem(model: type[BaseModel], field: str, value: Any) -> str | None:
    """Return what is wrong with a single value, or None."""
    key = keys(model)[field]
    try:
        model.model_validate({key: value})
    except ValidationError as failure:
        return next((error["msg"] for error in failure.errors() if error["loc"][0] == key), None)
    return None


def cross_error(model: type[BaseModel], field: str, message: str, *others: str) -> InitErrorDetails:
    """Return an error about a field whose value does not fit those of `others`."""
    aliases = keys(model)
    context = {"message": message, "others": [aliases[other] for other in others]}
    return {"type": PydanticCustomError("cross_check", "{message}", context), "loc": (aliases[field],), "input": None}


def _decoded(model: type[BaseModel], field: str, text: str) -> Any:
    """Parse lists and booleans, which are JSON in Pulumi's configuration."""
    annotation = model.model_fields[field].annotation
    if annotation is not bool and get_origin(annotation) is not tuple:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _line(model: type[BaseModel], texts: Mapping[str, str], error: ErrorDetails) -> str:
    key, *path = map(str, error["loc"])
    name, message = key + "".join(f"[{item}]" for item in path), error["msg"]
    if error["type"] == "missing":
        schema = model.model_json_schema()["properties"][key]
        return f"{name} is not set: {message}" + (f", {schema['description']}" if "description" in schema else "")
    shown = _shown(model, key, error["input"] if path else texts[key])
    others = [f"{other} {_shown(model, other, texts[other])}" for other in error.get("ctx", {}).get("others", ())]
    return f"{name} is {' with '.join([shown, *filter(None, [' and '.join(others)])])}: {message}"


def _shown(model: type[BaseModel], key: str, value: Any) -> str:
    if value and (is_config_secret(key) or key in _secret_keys(model)):
        return "[secret]"
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_SHOWN_OF_LONGER]}... ({len(text)} characters)"


def _secret_keys(model: type[BaseModel]) -> list[str]:
    return [key for field, key in keys(model).items() if model.model_fields[field].annotation is SecretStr]


def _secrets_in_plain_text(model: type[BaseModel], texts: Mapping[str, str]) -> Iterator[str]:
    for key in _secret_keys(model):
        if texts.get(key) and not is_config_secret(key):
            yield f"{key} is in plain text: set it with `pulumi config set --secret {key.partition(':')[2]}`"


def _unknown_keys(model: type[BaseModel], texts: Mapping[str, str]) -> Iterator[str]:
    """Report keys that nothing reads, without their values, which may be anything."""
    known = {key.partition(":")[2]: key for key in keys(model).values()}
    own = pulumi.get_project()
    for key in sorted(texts.keys() - keys(model).values()):
        namespace, _, name = key.partition(":")
        close = difflib.get_close_matches(name, known, n=1)
        if namespace == own or (namespace not in _FOREIGN and close):
            yield f"{key} is an unknown key" + (f"; did you mean {known[close[0]]}?" if close else "")
