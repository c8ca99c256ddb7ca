"""Pulumi's command line for one program and stack, with its state in the account's bucket."""

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

#: Makes what runs commands in a folder with these variables.
CommandsIn = Callable[[Path, Mapping[str, str]], Commands]
_MARKS = {"create": "+", "delete": "-", "update": "~", "replace": "±"}
#: Steps of a preview that a reader is not told: nothing happens, or they are halves of a replacement.
_SILENT = {"same", "read", "refresh", "create-replacement", "delete-replaced", "discard", "discard-replaced"}
#: Types of what is in the account; the rest are components, which only group.
_REAL = "aws:"


@dataclass(frozen=True)
class Change:
    """One thing that an update would do."""

    what: str
    type: str
    name: str
    #: Properties that differ.
    properties: tuple[str, ...]

    def __str__(self) -> str:
        """`~ update lambda.Function door-function: imageUri`."""
        _, module, kind = self.type.split(":")
        short = f"{module.split('/')[0]}.{kind}"
        differing = f": {', '.join(self.properties)}" if self.properties else ""
        return f"{_MARKS.get(self.what, '?')} {self.what} {short} {self.name}{differing}"


@dataclass(frozen=True)
class Preview:
    """What an update would do."""

    changes: tuple[Change, ...]

    def summary(self) -> str:
        """`3 to create, 1 to update`, or that there is nothing to change."""
        counts = Counter(change.what for change in self.changes)
        return ", ".join(f"{count} to {what}" for what, count in counts.items()) or "nothing to change"


class Pulumi:
    """One stack of one program."""

    def __init__(self, commands_in: CommandsIn, folder: Path, stack: str, account: tuple[str, str], state: str) -> None:
        """`account`: id and region. `state`: what the stack's state and key are called in `foundation.names`."""
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
        """Whether there is such a stack."""
        listed = json.loads(self._ask("Looking for the stack", "stack", "ls", "--json"))
        return any(entry["name"].rpartition("/")[2] == self.stack for entry in listed)

    def select(self) -> bool:
        """Make the stack the current one; whether it was made for that."""
        if self.exists():
            self._find_settings()
            self._ask("Selecting the stack", "stack", "select", self.stack)
            return False
        self._ask("Making the stack", "stack", "init", self.stack, f"--secrets-provider={self._secrets_provider}")
        return True

    def _find_settings(self) -> None:
        """The stack's file is the one that it was made with: it holds the key of the stack's secrets, itself encrypted.

        A file that is not in this checkout is fetched from the last update. Raises CommandExit when it is another one.
        """
        path = self._folder / f"Pulumi.{self.stack}.yaml"
        fetch = ("config", "refresh", "--stack", self.stack, "--force")
        if not path.exists():
            self._ask("Fetching the settings of", *fetch)
        elif "\nencryptedkey:" not in f"\n{path.read_text('utf-8')}":
            raise CommandExit(
                f"{path.name} here is not the one that stack {self.stack} was deployed with: whoever did that has yet "
                f'to commit it. To take the settings of the last deployment:  eval "$(.venv/bin/vcp backend --stack '
                f'{self.stack})" && pulumi {" ".join(fetch)}'
            )

    def config(self) -> dict[str, str | None]:
        """What is set for the stack, by key with its namespace; None for what is encrypted."""
        entries = json.loads(self._ask("Reading the configuration", "config", "--json", "--stack", self.stack))
        return {key: None if entry.get("secret") else entry.get("value") for key, entry in entries.items()}

    def set(self, key: str, value: str) -> None:
        """Set a key of the configuration."""
        self._ask("Setting the configuration", "config", "set", "--stack", self.stack, "--", key, value)

    def set_secret(self, key: str, value: str) -> None:
        """Set a key, encrypted; the value is on no command line."""
        self._ask("Setting a secret", "config", "set", "--stack", self.stack, "--secret", key, given=value)

    def set_list(self, key: str, values: list[str]) -> None:
        """Set a key that has a list."""
        for number, value in enumerate(values):
            path = f"{key}[{number}]"
            self._ask("Setting the configuration", "config", "set", "--stack", self.stack, "--path", "--", path, value)

    def secret(self, key: str) -> str:
        """The value of an encrypted key."""
        return self._ask("Reading a secret", "config", "get", "--stack", self.stack, key).strip()

    def preview(self) -> Preview:
        """What `up` would change."""
        try:
            told = self._commands.ask("pulumi", "preview", "--json", "--stack", self.stack, "--non-interactive")
        except CommandFailed as failed:
            raise CommandExit(
                f"The preview of {self.stack} failed: {_reasons(failed.answer or failed.words)}", FAILED
            ) from failed
        return Preview(tuple(_changes(json.loads(told))))

    def up(self) -> None:
        """Make it so, in sight."""
        try:
            self._commands.show("pulumi", "up", "--yes", "--skip-preview", "--stack", self.stack, "--non-interactive")
        except CommandFailed as failed:
            raise CommandExit(
                f"The update of {self.stack} did not come to its end; what Pulumi says of it is above. What is done "
                "stays done: mend the cause and run the same command again. If it says that the stack is locked and "
                "nobody else deploys, run:  pulumi cancel",
                FAILED,
            ) from failed

    def outputs(self) -> dict[str, Any]:
        """What the program exported; empty before the first update."""
        outputs: dict[str, Any] = json.loads(
            self._ask("Reading the outputs", "stack", "output", "--json", "--stack", self.stack)
        )
        return outputs

    def _ask(self, doing: str, *arguments: str, given: str | None = None) -> str:
        try:
            return self._commands.ask("pulumi", "--non-interactive", *arguments, given=given)
        except CommandFailed as failed:
            raise CommandExit(f"{doing} {self.stack} failed: {failed.words.strip()}", FAILED) from failed


def _changes(digest: Mapping[str, Any]) -> Iterator[Change]:
    for step in digest.get("steps", []):
        _, _, kind, name = step["urn"].split("::", 3)
        kind = kind.rpartition("$")[2]
        if step["op"] in _SILENT or not kind.startswith(_REAL):
            continue
        properties = {
            key.split(".")[0].split("[")[0] for key in step.get("detailedDiff") or step.get("diffReasons") or ()
        }
        yield Change(step["op"], kind, name, tuple(sorted(properties)))


def _reasons(words: str) -> str:
    """The errors among the diagnostics of a preview, or all that it said."""
    try:
        diagnostics = json.loads(words).get("diagnostics", [])
    except ValueError:
        return words.strip()
    # What the program itself wrote to its standard error comes as `info#err`.
    told = [entry["message"].strip() for entry in diagnostics if entry.get("severity") in ("error", "info#err")]
    return "\n".join(line for line in told if line) or words.strip()
