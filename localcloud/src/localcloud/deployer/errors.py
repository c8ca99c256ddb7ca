"""Errors of a deployment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError


class DeployError(Exception):
    """A deployment failed; the text is a sentence that says what, where and why."""


class ConfigError(DeployError):
    """Pulumi.yaml or the stack file is wrong."""


class UnknownResourceTypeError(DeployError):
    """The program declares a resource or calls a function that the local cloud cannot deploy."""


class UnknownPropertyError(DeployError):
    """An input property that is not deployed, or an output property that is not read back."""


class ProgramError(DeployError):
    """The program itself raised."""


class ServiceError(DeployError):
    """The service behind a resource rejected a request; carries its message."""


class RejectedPropertyError(Exception):
    """A service rejected the call that sets one property; the cause is the service's error."""

    def __init__(self, name: str, cause: ClientError | BotoCoreError) -> None:
        super().__init__(f"property {name}: {message_of(cause)}")


class NotDeployedError(Exception):
    """A (nested) property that a resource type does not deploy; `path` names it."""

    def __init__(self, path: str) -> None:
        super().__init__(f"property {path} is not deployed")
        self.path = path


class InvalidInputError(Exception):
    """An input that a resource type rejects before any call; the text names the property."""


def message_of(error: ClientError | BotoCoreError) -> str:
    """The service's own message: `<Code>: <Message> (<Operation>)`."""
    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        return f"{details.get('Code', 'Unknown')}: {details.get('Message', '')} ({error.operation_name})"
    return str(error)


@contextmanager
def setting(name: str) -> Iterator[None]:
    """Name the property that a service call sets in the error if the call fails."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise RejectedPropertyError(name, error) from error
