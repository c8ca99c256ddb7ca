"""A real n8n in its own folder: import files, start, query over its API, stop."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.loopback import free_port
from tests.waiting import eventually

#: No telemetry, no updates, no dialogs.
_SETTINGS = {
    "N8N_DIAGNOSTICS_ENABLED": "false",
    "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
    "N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED": "false",
    "N8N_TEMPLATES_ENABLED": "false",
    "N8N_PERSONALIZATION_ENABLED": "false",
    "N8N_DYNAMIC_BANNERS_ENABLED": "false",
    "N8N_COMMUNITY_PACKAGES_ENABLED": "false",
    "N8N_DISABLED_MODULES": "mcp-registry",
    "N8N_SECURE_COOKIE": "false",
    "EXECUTIONS_DATA_SAVE_ON_SUCCESS": "all",
}
_FINAL = ("success", "error", "crashed", "canceled")
_START_SECONDS = 180.0
_STOP_SECONDS = 30.0
_COMMAND_SECONDS = 180.0
_CALL_SECONDS = 60.0
OWNER = "owner@example.com"
#: n8n requires an upper-case letter and a digit.
_PASSWORD = secrets.token_urlsafe(16) + "A1"


@dataclass(frozen=True)
class Execution:
    """One execution of a workflow; `status` as in n8n (success, error, waiting, running, crashed)."""

    id: str
    workflow: str
    status: str
    mode: str
    #: Node -> its runs; a run is a list of outputs, an output the list of its items' JSON.
    nodes: Mapping[str, Sequence[Sequence[Sequence[Mapping[str, Any]]]]]
    #: The error that ended the execution.
    error: str | None

    def items(self, node: str, output: int = 0) -> list[dict[str, Any]]:
        """Return the items of a node's output, over all of its runs."""
        return [dict(item) for run in self.nodes.get(node, ()) for item in (run[output] if output < len(run) else ())]


@dataclass
class N8n:
    """An n8n with its data in `folder`, installed in `install`; `proxy` and `authority` route it to Google."""

    install: Path
    folder: Path
    proxy: str
    authority: Path
    port: int = field(default_factory=free_port)
    broker_port: int = field(default_factory=free_port)
    session: requests.Session = field(default_factory=requests.Session)
    _finished: dict[str, Execution] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """n8n's output."""
        return self.folder / "n8n.log"

    def _command(self, *arguments: str) -> list[str]:
        (node,) = self.install.glob("node_modules/node-linux-*/bin/node")
        # n8n is killed with this process, however it ends.
        return ["setpriv", "--pdeathsig", "KILL", str(node), str(self.install / "node_modules/n8n/bin/n8n"), *arguments]

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        key = self.folder / "encryption-key"
        if not key.exists():
            key.write_text(secrets.token_hex(16), "ascii")
        return {
            **kept,
            **_SETTINGS,
            "HOME": str(self.folder),
            "N8N_USER_FOLDER": str(self.folder),
            "N8N_ENCRYPTION_KEY": key.read_text("ascii"),
            "DB_TYPE": "sqlite",
            "N8N_LISTEN_ADDRESS": "127.0.0.1",
            "N8N_PORT": str(self.port),
            "N8N_RUNNERS_BROKER_PORT": str(self.broker_port),
            "N8N_EDITOR_BASE_URL": self.url,
            "N8N_WEBHOOK_URL": self.url,
            "GENERIC_TIMEZONE": "UTC",
            "HTTPS_PROXY": self.proxy,
            "NO_PROXY": "127.0.0.1,localhost",
            "NODE_EXTRA_CA_CERTS": str(self.authority),
        }

    def command(self, *arguments: str, fails: bool = False) -> str:
        """Run one of n8n's commands and return its output. AssertionError unless its failure is as `fails` says."""
        self.folder.mkdir(parents=True, exist_ok=True)
        run = subprocess.run(
            self._command(*arguments),
            env={
                **self._environment(),
                "N8N_RUNNERS_BROKER_PORT": str(free_port()),
            },  # n8n may be running at the same time
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
        assert (run.returncode != 0) is fails, run.stdout + run.stderr
        return run.stdout + (run.stderr if fails else "")

    def import_documents(self, what: str, documents: Sequence[Mapping[str, Any]]) -> str:
        """Run `import:credentials` or `import:workflow` with these documents."""
        self.folder.mkdir(parents=True, exist_ok=True)
        given = self.folder / f"{what}.json"
        given.write_text(json.dumps(list(documents)), "utf-8")
        try:
            return self.command(f"import:{what}", f"--input={given}")
        finally:
            given.unlink()

    @contextmanager
    def running(self) -> Iterator[N8n]:
        """Run n8n during a `with`, with its owner signed in."""
        try:
            self.start()
            yield self
        finally:
            self.stop()

    def start(self) -> None:
        """Start n8n and sign its owner in."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command("start"),
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(self._is_up, _START_SECONDS, f"n8n at {self.url}; its log is {self.log}")
        self._sign_in()

    def stop(self) -> None:
        """Stop n8n and its child processes."""
        if self._process is not None:
            _end(self._process)
            self._process = None

    def _is_up(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text("utf-8", errors="replace")[-4000:]
        try:
            return requests.get(f"{self.url}/healthz/readiness", timeout=2).ok
        except requests.RequestException:
            return False

    def _sign_in(self) -> None:
        """Sign in as the owner; create the account the first time."""
        person = {"email": OWNER, "firstName": "Olga", "lastName": "Owner", "password": _PASSWORD}
        settings = self.session.get(f"{self.url}/rest/settings", timeout=_CALL_SECONDS).json()["data"]
        if settings["userManagement"]["showSetupOnFirstLoad"]:
            self.call("POST", "owner/setup", person)
        else:
            self.call("POST", "login", {"emailOrLdapLoginId": OWNER, "password": _PASSWORD})

    def set_last_poll(self, workflow: str, node: str, moment: str) -> None:
        """Set the time of a trigger's last poll. Only while n8n does not run."""
        with closing(sqlite3.connect(self.folder / ".n8n/database.sqlite")) as database, database:
            (found,) = database.execute("SELECT staticData FROM workflow_entity WHERE id = ?", (workflow,)).fetchone()
            kept = json.loads(found)
            assert "lastTimeChecked" in kept[f"node:{node}"], kept
            kept[f"node:{node}"]["lastTimeChecked"] = moment
            database.execute("UPDATE workflow_entity SET staticData = ? WHERE id = ?", (json.dumps(kept), workflow))

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Call the editor's API and return its `data`."""
        answer = self.session.request(method, f"{self.url}/rest/{path}", json=body, params=query, timeout=_CALL_SECONDS)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer.json()["data"]

    def executions(self, workflow: str) -> list[Execution]:
        """Return the executions of a workflow, oldest first."""
        found = self.call("GET", "executions", filter=json.dumps({"workflowId": workflow}), limit="100")
        return [self._finished.get(each["id"]) or self.execution(each["id"]) for each in reversed(found["results"])]

    def execution(self, number: str) -> Execution:
        """Return one execution with the output of its nodes."""
        found = self.call("GET", f"executions/{number}")
        result = _unflattened(json.loads(found["data"])).get("resultData", {})
        nodes = {
            name: [
                [[item["json"] for item in output or ()] for output in (run.get("data") or {}).get("main") or ()]
                for run in runs
            ]
            for name, runs in result.get("runData", {}).items()
        }
        error = (result.get("error") or {}).get("message")
        execution = Execution(str(found["id"]), found["workflowId"], found["status"], found["mode"], nodes, error)
        if execution.status in _FINAL:  # it does not change any more
            self._finished[number] = execution
        return execution


def _unflattened(parts: Sequence[Any]) -> Any:
    """Decode the `flatted` format: a list with the value first, in which text is the number of an element."""
    values: dict[int, Any] = {}

    def value_of(number: int) -> Any:
        if number in values:
            return values[number]
        part = parts[number]
        if isinstance(part, dict):
            filled: dict[str, Any] = {}
            values[number] = filled
            filled.update({key: inner(each) for key, each in part.items()})
            return filled
        if isinstance(part, list):
            listed: list[Any] = []
            values[number] = listed
            listed.extend(inner(each) for each in part)
            return listed
        return part

    def inner(each: Any) -> Any:
        return value_of(int(each)) if isinstance(each, str) else each

    return value_of(0)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop n8n and its child processes, which are in their own session."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
