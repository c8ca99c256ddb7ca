"""Pulumi's CLI for one program and stack, with its state in the account's bucket."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation import names
from vcpctl.command_exit import FAILED, CommandExit
from vcpctl.deploy.shell import CommandFailed, Commands

#: Returns what runs commands in a folder, with environment variables.
CommandsIn = Callable[[Path, Mapping[str, str]], Commands]
_MARKS = {"create": "+", "delete": "-", "update": "~", "replace": "±"}
#: Steps of a preview that are not shown: they change nothing, or are half of a replacement.
_HIDDEN = {"same", "read", "refresh", "create-replacement", "delete-replaced", "discard", "discard-replaced"}
#: Types of resources; all others are components, which only group resources.
_RESOURCE = "aws:"


@dataclass(frozen=True)
class Change:
    """One change that an update would make."""

    what: str
    type: str
    name: str
    #: The changed properties.
    properties: tuple[str, ...]

    def __str__(self) -> str:
        """`~ update lambda.Function intake-function: imageUri`."""
        _, module, kind = self.type.split(":")
        short = f"{module.split('/')[0]}.{kind}"
        changed = f": {', '.join(self.properties)}" if self.properties else ""
        return f"{_MARKS.get(self.what, '?')} {self.what} {short} {self.name}{changed}"


@dataclass(frozen=True)
class Preview:
    """The changes that an update would make."""

    changes: tuple[Change, ...]

    def summary(self) -> str:
        """Return `3 to create, 1 to update`, or `no changes`."""
        counts = Counter(change.what for change in self.changes)
        return ", ".join(f"{count} to {what}" for what, count in counts.items()) or "no changes"


class Pulumi:
    """One stack of one program."""

    def __init__(self, commands_in: CommandsIn, folder: Path, stack: str, account: tuple[str, str], state: str) -> None:
        """`account` is id and region, `state` the name of the stack's state and key in `foundation.names`."""
        account_id, region = account
        self.stack = stack
        self._folder = folder
        self._secrets_provider = names.secrets_provider(region, state)
        self.environment = {
            "PULUMI_BACKEND_URL": names.backend_url(account_id, region, state),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "AWS_REGION": region,
        }
        self._commands = commands_in(folder, self.environment)

    def exists(self) -> bool:
        """Return whether the stack exists."""
        listed = json.loads(self._ask("Looking for the stack", "stack", "ls", "--json"))
        return any(entry["name"].rpartition("/")[2] == self.stack for entry in listed)

    def select(self) -> bool:
        """Select the stack, creating it if necessary; return whether it was created."""
        if self.exists():
            self._find_settings()
            self._ask("Selecting the stack", "stack", "select", self.stack)
            return False
        self._ask("Creating the stack", "stack", "init", self.stack, f"--secrets-provider={self._secrets_provider}")
        return True

    def _find_settings(self) -> None:
        """Fetch the stack's settings file from the last update if it is not in this checkout.

        Raises CommandExit when the file here lacks the encrypted key of the stack's secrets: it is another one.
        """
        path = self._folder / f"Pulumi.{self.stack}.yaml"
        fetch = ("config", "refresh", "--stack", self.stack, "--force")
        if not path.exists():
            self._ask("Fetching the settings of", *fetch)
        elif "\nencryptedkey:" not in f"\n{path.read_text('utf-8')}":
            raise CommandExit(
                f"{path.name} here is not the one that stack {self.stack} was deployed with, which has not been "
                f'committed. To fetch the settings of the last deployment:  eval "$(.venv/bin/vcp backend --stack '
                f'{self.stack})" && pulumi {" ".join(fetch)}'
            )

    def config(self) -> dict[str, str | None]:
        """Return the stack's configuration by full key, with None for encrypted values."""
        entries = json.loads(self._ask("Reading the configuration", "config", "--json", "--stack", self.stack))
        return {key: None if entry.get("secret") else entry.get("value") for key, entry in entries.items()}

    def set(self, key: str, value: str) -> None:
        """Set a key."""
        self._ask("Setting the configuration", "config", "set", "--stack", self.stack, "--", key, value)

    def set_secret(self, key: str, value: str) -> None:
        """Set an encrypted key; the value is passed on standard input."""
        self._ask("Setting a secret", "config", "set", "--stack", self.stack, "--secret", key, given=value)

    def set_list(self, key: str, values: list[str]) -> None:
        """Set a key to a list."""
        for number, value in enumerate(values):
            path = f"{key}[{number}]"
            self._ask("Setting the configuration", "config", "set", "--stack", self.stack, "--path", "--", path, value)

    def secret(self, key: str) -> str:
        """Return the value of an encrypted key."""
        return self._ask("Reading a secret", "config", "get", "--stack", self.stack, key).strip()

    def preview(self) -> Preview:
        """Return what `up` would change."""
        try:
            answer = self._commands.ask("pulumi", "preview", "--json", "--stack", self.stack, "--non-interactive")
        except CommandFailed as failed:
            raise CommandExit(
                f"The preview of {self.stack} failed: {_reasons(failed.output or failed.errors)}", FAILED
            ) from failed
        return Preview(tuple(_changes(json.loads(answer))))

    def up(self) -> None:
        """Update the stack and show Pulumi's output."""
        try:
            self._commands.show("pulumi", "up", "--yes", "--skip-preview", "--stack", self.stack, "--non-interactive")
        except CommandFailed as failed:
            raise CommandExit(
                f"The update of {self.stack} failed; Pulumi's output is above. Completed changes are kept: fix the "
                "cause and run the same command again. If the stack is locked and no other deployment is running, "
                "run:  pulumi cancel",
                FAILED,
            ) from failed

    def outputs(self) -> dict[str, Any]:
        """Return the program's outputs; empty before the first update."""
        outputs: dict[str, Any] = json.loads(
            self._ask("Reading the outputs", "stack", "output", "--json", "--stack", self.stack)
        )
        return outputs

    def _ask(self, action: str, *arguments: str, given: str | None = None) -> str:
        try:
            return self._commands.ask("pulumi", "--non-interactive", *arguments, given=given)
        except CommandFailed as failed:
            raise CommandExit(f"{action} {self.stack} failed: {failed.errors.strip()}", FAILED) from failed


def _changes(digest: Mapping[str, Any]) -> Iterator[Change]:
    for step in digest.get("steps", []):
        _, _, kind, name = step["urn"].split("::", 3)
        kind = kind.rpartition("$")[2]
        if step["op"] in _HIDDEN or not kind.startswith(_RESOURCE):
            continue
        properties = {
            key.split(".")[0].split("[")[0] for key in step.get("detailedDiff") or step.get("diffReasons") or ()
        }
        yield Change(step["op"], kind, name, tuple(sorted(properties)))


def _reasons(output: str) -> str:
    """Return the errors among a preview's diagnostics, or its whole output."""
    try:
        diagnostics = json.loads(output).get("diagnostics", [])
    except ValueError:
        return output.strip()
    # `info#err` is the program's own standard error.
    errors = [entry["message"].strip() for entry in diagnostics if entry.get("severity") in ("error", "info#err")]
    return "\n".join(line for line in errors if line) or output.strip()
