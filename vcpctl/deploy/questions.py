"""What a stack must be told before its first deployment: asked for where a person is there, said where nobody is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

from infra.config.model import StackConfig, key_of
from infra.config.reading import problem
from vcpctl.command_exit import CommandExit
from vcpctl.deploy.pulumi import Pulumi

_KEY = "vcp:googleServiceAccountKey"
_NOTHING = ("", "[]")


class Ask(Protocol):
    """A person at the keyboard, or nobody."""

    def __call__(self, question: str) -> str | None:
        """The answer without white space around it; None when nobody is there."""
        ...


def complete(pulumi: Pulumi, ask: Ask, *, is_new: bool) -> None:
    """Set what the stack cannot be without; when it is new, ask for what most studios want.

    Raises CommandExit when an answer is wrong, or something must be set and nobody is there to say it.
    """
    given = pulumi.config()
    if _KEY not in given:
        _ask_for_key(pulumi, ask)
    if not is_new:
        return
    people = {
        "mail_recipients": "Who gets the mails about videos? Addresses with commas between them, or nothing:",
        "alarm_recipients": "Who gets a mail when an operator should look? Addresses, or nothing:",
    }
    for name, question in people.items():
        key = key_of(name)
        if given.get(key, "") in _NOTHING and (answer := ask(question)):
            addresses = [address.strip() for address in answer.split(",") if address.strip()]
            _check(name, tuple(addresses))
            pulumi.set_list(key, addresses)
    if given.get("vcp:watchedFolder", "") in _NOTHING and (
        folder := ask("Link of the Drive folder to watch (what lies in it is processed, old files too), or nothing:")
    ):
        _check("watched_folder", folder)
        pulumi.set("vcp:watchedFolder", folder)
    if given.get("vcp:airtableBaseId", "") in _NOTHING and (
        base := ask("Id of the Airtable base (app...), or nothing:")
    ):
        _check("airtable_base_id", base)
        token = _read(ask("File with the Airtable token:"), "the Airtable token").strip()
        pulumi.set_secret("vcp:airtableToken", token)
        pulumi.set("vcp:airtableBaseId", base)


def complete_foundation(pulumi: Pulumi, region: str, ask: Ask, *, is_new: bool) -> None:
    """Set the region of the foundation and, when it is new, ask which repository may deploy."""
    given = pulumi.config()
    if given.get("aws:region") != region:
        pulumi.set("aws:region", region)
    if not is_new or given.get("vcp-foundation:repository", "") not in _NOTHING:
        return
    repository = ask("GitHub repository whose workflows may deploy (owner/name), or nothing:")
    if not repository:
        return
    where = f"https://api.github.com/repos/{repository}"
    pulumi.set("vcp-foundation:ownerId", ask(f"Id of its owner, `owner.id` in {where}:") or "")
    pulumi.set("vcp-foundation:repositoryId", ask(f"Its own id, `id` in {where}:") or "")
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
    except (OSError, UnicodeDecodeError) as unreadable:
        raise CommandExit(f"The file {name!r} with {what} cannot be read: {unreadable}.") from unreadable


def _check(name: str, value: Any) -> None:
    """Hold an answer against what the program takes. Raises CommandExit; the value is not told, it may be a secret."""
    if found := problem(StackConfig, name, value):
        raise CommandExit(f"That cannot be {key_of(name)}: {found}.")


def service_account(pulumi: Pulumi) -> str:
    """The address that Drive folders are shared with."""
    return str(json.loads(pulumi.secret(_KEY))["client_email"])
