"""Why a configuration is refused: one sentence a problem, with key, value and what is allowed. Secrets are not shown.

Everything that is wrong is told at once, in the order of Pulumi.yaml.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import pulumi
from pydantic import SecretStr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from infra.agreements import Agreement
from infra.allowed import is_region
from infra.naming import name_problems
from vcp.domain.text.constraints import allowed_words, plain

#: Namespaces whose keys are others' business: the provider's and the CLI's own.
_FOREIGN = ("aws", "pulumi")
#: What is longer is a paste into the wrong place more often than a slip.
_LONGEST_SHOWN = 160
_SHOWN_OF_LONGER = 40
_BARE = re.compile(r"-?[0-9]+(\.[0-9]+)?|true|false|\[.*\]")


class SettingsError(pulumi.RunError):
    """The configuration is wrong; one line a problem. Pulumi shows it without a traceback."""

    def __init__(self, stack: str, problems: list[str]) -> None:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"the configuration of stack {stack} is not usable:\n{lines}")
        self.problems = problems


@dataclass(frozen=True)
class Given:
    """The configuration as Pulumi hands it over: texts by key, with namespace."""

    stack: str
    values: Mapping[str, str]
    #: Keys whose values are encrypted in the stack's file.
    encrypted: frozenset[str]

    @property
    def region(self) -> str:
        """The AWS region, if it is set."""
        return self.values.get("aws:region", "")

    def shown(self, key: str, *, secret: bool) -> str:
        """A value as a refusal shows it."""
        text = self.values.get(key, "")
        if not text.strip():
            return "empty"
        if secret or key in self.encrypted:
            return "[secret]"
        if len(text) > _LONGEST_SHOWN:
            return f"{text[:_SHOWN_OF_LONGER]!r} ... ({len(text)} characters)"
        return text if _BARE.fullmatch(text) else repr(text)


def wrong_value(given: Given, key: str, value: Any, kinds: Sequence[Any]) -> str | None:
    """The sentence about one key, or nothing.

    Args:
        given: the whole configuration.
        key: without its namespace.
        value: what Pulumi gave, lists decoded; None if not set.
        kinds: what it must be: the type of infra's own model, then those of the functions' that take it.
    """
    words = f"it must be {allowed_words(kinds)}"
    own, *others = kinds
    secret = plain(own) is SecretStr
    if value is None:
        return f"vcp:{key} is not set: {words}"
    detail = fault(own, value)
    if detail is not None or not _taken(others, _handed_on(own, value)):
        return f"vcp:{key} is {given.shown(f'vcp:{key}', secret=secret)}: {words}" + (f"; {detail}" if detail else "")
    if secret and value and f"vcp:{key}" not in given.encrypted:
        return f"vcp:{key} is in plain text: it must be encrypted, with `pulumi config set --secret {key}`"
    return None


def kind_of(field: FieldInfo) -> Any:
    """The type of a field of a pydantic model, with what is asked of it beyond."""
    return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation


def fault(kind: Any, value: Any) -> str | None:
    """What a type of pydantic's has against a value, often nothing more than that it is wrong (""), or None."""
    try:
        TypeAdapter[Any](kind).validate_python(value)
    except ValidationError as error:
        (first, *_) = error.errors(include_url=False)
        return str(first["ctx"]["error"]) if first["type"] == "value_error" else ""
    return None


def _handed_on(own: Any, value: Any) -> str:
    """A value that is right here, as it is written into environments: 5_000_000_000 is 5000000000 there."""
    return str(TypeAdapter[Any](own).validate_python(value))


def _taken(kinds: Sequence[Any], text: str) -> bool:
    """Whether all functions take the value out of their environments."""
    try:
        for kind in kinds:
            msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError:
        return False
    return True


def broken_agreement(given: Given, agreement: Agreement) -> str:
    """The sentence about values that do not go together."""
    key = f"vcp:{agreement.key}"
    others = [key if ":" in key else f"vcp:{key}" for key in agreement.others]
    beside = " and ".join(f"{other} {given.shown(other, secret=False)}" for other in others)
    return (
        f"{key} is {given.shown(key, secret=False)} with {beside}: it must be {agreement.words}, since {agreement.why}"
    )


def unknown_keys(given: Given, known: set[str]) -> Iterator[str]:
    """Keys that nothing reads, with the one that was probably meant. Their values may be anything: not shown."""
    for key in sorted(given.values):
        namespace, _, name = key.partition(":")
        meant = difflib.get_close_matches(name, known, n=1)
        ours = namespace == "vcp"
        if (ours and name not in known) or (not ours and namespace not in _FOREIGN and meant):
            hint = f"; did you mean vcp:{meant[0]}?" if meant else "; docs/configuration.md lists all keys"
            yield f"{key} is no key of this program{hint}"


def wrong_place(given: Given) -> Iterator[str]:
    """What keeps the stack from having names in its region."""
    if not given.region:
        yield "aws:region is not set: it must be the region to deploy to, such as eu-central-1"
    elif not is_region(given.region):
        yield f"aws:region is {given.region!r}: it must be the name of an AWS region, such as eu-central-1"
    else:
        yield from name_problems(given.stack, given.region, bare=given.values.get("vcp:bareNames") == "true")
