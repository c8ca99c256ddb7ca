"""From what a service tells to the outputs that the program sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from localcloud.deployer.goals import Goal
from localcloud.deployer.resources.base import Properties, ResourceType
from localcloud.deployer.state import MIN_SECRET_LENGTH
from localcloud.deployer.values import UNKNOWN, Secret, has_secret, leaves, plain


def program_outputs(
    kind: ResourceType,
    goal: Goal,
    inputs: Mapping[str, Any],
    told: Properties,
    default_tags: Mapping[str, str],
    secret_texts: Iterable[str],
) -> dict[str, Any]:
    """All declared output properties: what the service told, the provider's own, and UNKNOWN for the rest.

    Secret are those whose input was secret, those that the program or pulumi-aws mark, and those in which the text
    of a secret shows up.
    """
    known: dict[str, Any] = {name: plain(inputs.get(name, default)) for name, default in kind.provider_only.items()}
    if kind.naming and kind.naming.prefix_property:
        known[kind.naming.prefix_property] = plain(inputs.get(kind.naming.prefix_property))
    known.update(told)
    own = plain(inputs.get("tags") or {})
    if isinstance(known.get("tagsAll"), Mapping) and own is not UNKNOWN:
        known["tags"] = {
            key: value for key, value in known["tagsAll"].items() if key in own or default_tags.get(key) != value
        }
    known = {name: value for name, value in known.items() if name in kind.schema.outputs}
    surplus = told.keys() - kind.schema.outputs
    if surplus:
        raise RuntimeError(f"{kind.pulumi_type}: reads {', '.join(sorted(surplus))}, which pulumi-aws does not declare")
    long_secrets = {text for text in secret_texts if len(text) >= MIN_SECRET_LENGTH}
    marked = {name for name in inputs if has_secret(inputs[name])} | goal.additional_secret_outputs
    result: dict[str, Any] = dict.fromkeys(kind.schema.outputs, UNKNOWN)
    for name, value in known.items():
        result[name] = Secret(value) if name in marked or _shows(value, long_secrets) else value
    return result


def _shows(value: Any, secret_texts: set[str]) -> bool:
    return any(isinstance(leaf, str) and any(text in leaf for text in secret_texts) for _, leaf in leaves(value))


def redacted(text: str, secret_texts: Iterable[str]) -> str:
    """A message without the secrets in it."""
    for secret in sorted(secret_texts, key=len, reverse=True):
        if len(secret) >= MIN_SECRET_LENGTH:
            text = text.replace(secret, "[secret]")
    return text
