"""Ask for the settings that a stack needs before its first deployment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

from infra.config.model import StackConfig, key_of
from infra.config.reading import problem
from vcpctl.command_exit import CommandExit
from vcpctl.deploy.pulumi import Pulumi

_KEY = "vcp:googleServiceAccountKey"
_EMPTY = ("", "[]")


class Ask(Protocol):
    """Asks the user at the terminal."""

    def __call__(self, question: str) -> str | None:
        """Return the stripped answer; None when there is no terminal."""
        ...


def complete(pulumi: Pulumi, ask: Ask, *, is_new: bool) -> None:
    """Ask for the required settings that are missing and, for a new stack, for the usual optional ones.

    Raises CommandExit when an answer is invalid, or a required setting is missing and there is no terminal.
    """
    given = pulumi.config()
    if _KEY not in given:
        _ask_for_key(pulumi, ask)
    if not is_new:
        return
    people = {
        "mail_recipients": "Who receives mails about videos? Addresses separated by commas, or leave empty:",
        "alarm_recipients": "Who receives alarms for operators? Addresses, or leave empty:",
    }
    for name, question in people.items():
        key = key_of(name)
        if given.get(key, "") in _EMPTY and (answer := ask(question)):
            addresses = [address.strip() for address in answer.split(",") if address.strip()]
            _check(name, tuple(addresses))
            pulumi.set_list(key, addresses)
    if given.get("vcp:watchedFolder", "") in _EMPTY and (
        folder := ask("Link of the Drive folder to watch (its existing files are processed, too), or leave empty:")
    ):
        _check("watched_folder", folder)
        pulumi.set("vcp:watchedFolder", folder)
    if given.get("vcp:airtableBaseId", "") in _EMPTY and (
        base := ask("Id of the Airtable base (app...), or leave empty:")
    ):
        _check("airtable_base_id", base)
        token = _read(ask("File with the Airtable token:"), "the Airtable token").strip()
        pulumi.set_secret("vcp:airtableToken", token)
        pulumi.set("vcp:airtableBaseId", base)


def complete_foundation(pulumi: Pulumi, region: str, ask: Ask, *, is_new: bool) -> None:
    """Set the foundation's region and, when it is new, ask which repository may deploy."""
    given = pulumi.config()
    if given.get("aws:region") != region:
        pulumi.set("aws:region", region)
    if not is_new or given.get("vcp-foundation:repository", "") not in _EMPTY:
        return
    repository = ask("GitHub repository whose workflows may deploy (owner/name), or leave empty:")
    if not repository:
        return
    url = f"https://api.github.com/repos/{repository}"
    pulumi.set("vcp-foundation:ownerId", ask(f"Id of its owner, `owner.id` in {url}:") or "")
    pulumi.set("vcp-foundation:repositoryId", ask(f"Its own id, `id` in {url}:") or "")
    pulumi.set("vcp-foundation:repository", repository)


def _ask_for_key(pulumi: Pulumi, ask: Ask) -> None:
    answer = ask("File with the JSON key of the Google service account that reads Drive:")
    if answer is None:
        stack = pulumi.stack
        raise CommandExit(
            f'{_KEY} is not set for {stack}. Set it with:  eval "$(.venv/bin/vcp backend --stack {stack})" && '
            f"pulumi config set --stack {stack} --secret googleServiceAccountKey < key.json"
        )
    key = _read(answer, "the key")
    _check("google_service_account_key", key)
    pulumi.set_secret(_KEY, key)


def _read(name: str | None, what: str) -> str:
    try:
        return Path(name or "").expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandExit(f"The file {name!r} with {what} cannot be read: {error}.") from error


def _check(name: str, value: Any) -> None:
    """Check an answer as the program does. Raises CommandExit without the value, which may be a secret."""
    if found := problem(StackConfig, name, value):
        raise CommandExit(f"That is not a valid {key_of(name)}: {found}.")


def service_account(pulumi: Pulumi) -> str:
    """Return the address that Drive folders are shared with."""
    return str(json.loads(pulumi.secret(_KEY))["client_email"])
