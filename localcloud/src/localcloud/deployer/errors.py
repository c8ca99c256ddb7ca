"""Errors of a deployment: one root, each a sentence that a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError


class DeployError(Exception):
    """A deployment could not be done; the text says what, where and why."""


class ConfigError(DeployError):
    """Pulumi.yaml, the stack file or an override is wrong."""


class UnknownResourceType(DeployError):  # noqa: N818
    """The program declares a resource or calls a function that the local cloud cannot deploy."""


class UnknownProperty(DeployError):  # noqa: N818
    """An input property that is not deployed, or an output property that is not read back."""


class Protected(DeployError):  # noqa: N818
    """A resource with `protect` would have to be deleted or replaced."""


class ProgramFailed(DeployError):  # noqa: N818
    """The program itself raised."""


class ServiceRefused(DeployError):  # noqa: N818
    """The service behind a resource refused; carries its message."""


class PropertyRefused(Exception):  # noqa: N818 - always turned into a DeployError by the engine
    """A service refused the call that sets one property; `name` is the property, the cause is the service's error."""

    def __init__(self, name: str, cause: ClientError | BotoCoreError) -> None:
        super().__init__(f"property {name}: {sentence_of(cause)}")
        self.name = name


class NotDeployed(Exception):  # noqa: N818 - always turned into an UnknownProperty by the engine
    """A (nested) property that a resource type does not deploy; `path` names it."""

    def __init__(self, path: str) -> None:
        super().__init__(f"property {path} is not deployed")
        self.path = path


class WrongInput(Exception):  # noqa: N818 - always turned into a DeployError by the engine
    """An input that the resource type refuses before any call; the text names the property."""


def sentence_of(error: ClientError | BotoCoreError) -> str:
    """The service's own words: `<Code>: <Message>`."""
    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        return f"{details.get('Code', 'Unknown')}: {details.get('Message', '')} ({error.operation_name})"
    return str(error)


@contextmanager
def setting(name: str) -> Iterator[None]:
    """Say which property a service call is for, so that its refusal names it."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise PropertyRefused(name, error) from error
