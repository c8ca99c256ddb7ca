"""The state file: what a deployment made, so that the next one changes only what changed.

A secret is stored as a salted hash: enough to see that it changed, useless to read it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from localcloud.deployer.errors import DeployError
from localcloud.deployer.values import UNKNOWN, Secret, transform

_HASH_KEY: Final = "secretHash"
_VERSION: Final = 1
#: Shorter texts occur by chance ("true", "eu"), so they cannot be looked for in other properties.
MIN_SECRET_LENGTH: Final = 8


@dataclass
class Record:
    """One resource that exists because of the program. `inputs` and `outputs` hold no secret in plain."""

    urn: str
    type: str
    name: str
    id: str
    custom: bool
    region: str = ""
    parent: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    protect: bool = False
    retain: bool = False
    deleted_with: str = ""
    #: The name was made up by the deployer, so it stays while the resource lives and changes when it is replaced.
    autonamed: bool = False


class State:
    """Records by URN, and those replaced but not yet deleted. Safe for use from several threads."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.salt = secrets.token_hex(16)
        self.owner = ""
        self.records: dict[str, Record] = {}
        self.pending_deletion: list[Record] = []
        self.outputs: dict[str, Any] = {}
        self._lock = threading.RLock()
        if path is not None and path.exists():
            self._load(path)

    def _load(self, path: Path) -> None:
        try:
            document = json.loads(path.read_text("utf-8"))
            if document["version"] != _VERSION:
                raise DeployError(f"{path} has version {document['version']}; this deployer reads version {_VERSION}")
            self.salt = document["salt"]
            self.owner = document["owner"]
            self.records = {row["urn"]: Record(**row) for row in document["resources"]}
            self.pending_deletion = [Record(**row) for row in document["pendingDeletion"]]
            self.outputs = document["outputs"]
        except (ValueError, KeyError, TypeError) as error:
            raise DeployError(f"{path} is not a state file of this deployer: {error!r}") from error

    def claim(self, owner: str) -> None:
        """Say whose state this is (`<project>/<stack>`): another program would delete all that it finds in it."""
        if self.owner not in ("", owner):
            raise DeployError(f"{self.path} is the state of {self.owner}, not of {owner}")
        self.owner = owner

    def put(self, record: Record) -> None:
        """Remember (or replace) a record, and write the file if that says anything new."""
        with self._lock:
            known = self.records.get(record.urn)
            self.records[record.urn] = record
            if record != known:
                self.save()

    def get(self, urn: str) -> Record | None:
        """The record of a URN."""
        with self._lock:
            return self.records.get(urn)

    def rename(self, old_urn: str, new_urn: str) -> None:
        """An alias says that a resource is known under another URN now; references follow."""
        with self._lock:
            record = self.records.pop(old_urn)
            record.urn = new_urn
            self.records[new_urn] = record
            for other in self.records.values():
                other.dependencies = [new_urn if urn == old_urn else urn for urn in other.dependencies]
            self.save()

    def retire(self, record: Record) -> None:
        """The resource was replaced: it is to be deleted when nothing uses it any more."""
        with self._lock:
            self.pending_deletion.append(record)
            self.save()

    def forget(self, record: Record) -> None:
        """The resource is gone; a successor under the same URN stays."""
        with self._lock:
            self.pending_deletion = [other for other in self.pending_deletion if other is not record]
            if self.records.get(record.urn) is record:
                del self.records[record.urn]
            self.save()

    def save(self) -> None:
        """Write the file whole (a reader never sees half of it), readable by its owner only."""
        if self.path is None:
            return
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            draft = self.path.with_name(self.path.name + ".draft")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(self._text())
            draft.replace(self.path)

    def _text(self) -> str:
        """A record a line: to be read by people too, and many times faster than an indented document."""
        head = {"version": _VERSION, "owner": self.owner, "salt": self.salt, "outputs": self.outputs}
        lists = {"resources": list(self.records.values()), "pendingDeletion": self.pending_deletion}
        parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
        for key, records in lists.items():
            lines = ",\n ".join(json.dumps(vars(record)) for record in records)
            parts.append(f"{json.dumps(key)}: [\n {lines}\n]" if lines else f"{json.dumps(key)}: []")
        return "{" + ",\n".join(parts) + "}\n"

    def conceal(self, value: Any) -> Any:
        """The value as it may lie on disk: secrets hashed, unknowns null."""

        def leaf(item: Any) -> Any:
            if isinstance(item, Secret):
                return {_HASH_KEY: self._hash(item.value)}
            return None if item is UNKNOWN else item

        return transform(value, leaf)

    def _hash(self, value: Any) -> str:
        # scrypt, so that a short secret is not found by trying all of them in a moment
        text = json.dumps(value, sort_keys=True, default=repr).encode()
        return hashlib.scrypt(text, salt=bytes.fromhex(self.salt), n=2**12, r=8, p=1, dklen=32).hex()


def is_concealed(value: Any) -> bool:
    """Whether a stored value is the hash of a secret."""
    return isinstance(value, Mapping) and set(value) == {_HASH_KEY}


def has_concealed(value: Any) -> bool:
    """Whether any part of a stored value is the hash of a secret."""
    if is_concealed(value):
        return True
    if isinstance(value, Mapping):
        return any(has_concealed(item) for item in value.values())
    return isinstance(value, list) and any(has_concealed(item) for item in value)


@contextmanager
def locked(path: Path | None) -> Iterator[State]:
    """Open the state for one deployment; a second one at the same time is refused."""
    if path is None:
        yield State(None)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DeployError(f"another deployment is using {path}") from error
        yield State(path)
