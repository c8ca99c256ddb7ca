"""A machine to deploy from: moto as AWS, and fakes of Pulumi, make, git and skopeo that keep state and can fail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.unit.vcpctl.deploy.layouts import REGION, put_into_ecr, write_layout
from vcpctl.deploy.shell import CommandFailed
from vcpctl.deploy.steps import Deployment, Options

REVISION = "1f0c3a9" + "0" * 33
KEY = {
    "type": "service_account",
    "client_email": "reader@studio.iam.gserviceaccount.com",
    "private_key": "never-seen-in-plain",
    "token_uri": "https://oauth2.googleapis.com/token",
}


@dataclass
class Stack:
    """Pulumi's state of a stack."""

    secrets_provider: str
    config: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    #: The configuration of the last update.
    deployed: dict[str, Any] | None = None

    @property
    def wanted(self) -> dict[str, Any]:
        return {**self.config, **self.secrets}


@dataclass
class Machine:
    """The installed commands, what they have done, and which of them fails next."""

    root: Path
    stacks: dict[tuple[str, str], Stack] = field(default_factory=dict)
    #: Every command line, without its input.
    ran: list[tuple[str, ...]] = field(default_factory=list)
    commands: set[str] = field(default_factory=lambda: {"pulumi", "make", "skopeo"})
    pulumi_version: str = "v3.250.0"
    revision: str = REVISION
    version: str = "v1.2.0"
    #: git's list of uncommitted changes.
    changes: str = ""
    #: Commands that fail once: error output by the beginning of the command line.
    failing: dict[str, str] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)
    #: The user's answers, by a part of the question; None without a terminal.
    answers: dict[str, str] | None = None
    asked: list[str] = field(default_factory=list)

    def deployment(self, options: Options) -> Deployment:
        def commands_in(folder: Path, environment: Mapping[str, str]) -> FakeCommands:
            return FakeCommands(self, folder, environment)

        return Deployment(options, self.root, commands_in, self.printed.append, self.ask)

    def ask(self, question: str) -> str | None:
        if self.answers is None:
            return None
        self.asked.append(question)
        for part, answer in self.answers.items():
            if part in question:
                return answer
        return ""

    def stack(self, name: str) -> Stack:
        return next(stack for (_, known), stack in self.stacks.items() if known == name)

    def did(self, *words: str) -> list[tuple[str, ...]]:
        """Return the command lines that contain these words in this order, such as `pulumi`, `up`."""
        return [line for line in self.ran if " ".join(words) in " ".join(w for w in line if w != "--non-interactive")]


@dataclass
class FakeCommands:
    """Commands in one folder, with their environment."""

    machine: Machine
    folder: Path
    environment: Mapping[str, str]

    def has(self, name: str) -> bool:
        return name in self.machine.commands

    def show(self, *arguments: str) -> None:
        self.ask(*arguments)

    def ask(self, *arguments: str, given: str | None = None) -> str:
        self.machine.ran.append(arguments)
        words = [word for word in arguments if word != "--non-interactive"]
        for beginning in list(self.machine.failing):
            if " ".join(words).startswith(beginning):
                raise CommandFailed(arguments, 255, self.machine.failing.pop(beginning))
        match words:
            case ["git", "status", *_]:
                return self.machine.changes
            case ["git", "rev-parse", "HEAD"]:
                return self.machine.revision + "\n"
            case ["make", "images"]:
                return self._build()
            case ["skopeo", "copy", *_, source, destination]:
                return self._push(Path(source.removeprefix("oci:")), destination)
            case ["pulumi", "version"]:
                return self.machine.pulumi_version + "\n"
            case ["pulumi", *rest]:
                return self._pulumi(rest, given)
        raise AssertionError(f"unexpected command: {words}")

    def _build(self) -> str:
        report = {}
        for name in ("media", "core"):
            digest = write_layout(self.machine.root / "build/images" / name, f"{name} of {self.machine.revision}")
            report[name] = {"digest": digest, "revision": self.machine.revision, "version": self.machine.version}
        (self.machine.root / "build/images/images.json").write_text(json.dumps(report), "utf-8")
        return ""

    def _push(self, layout: Path, destination: str) -> str:
        repository, _, tag = destination.removeprefix("docker://").partition("/")[2].partition(":")
        put_into_ecr(layout, repository, tag)
        return ""

    def _pulumi(self, words: list[str], given: str | None) -> str:
        assert self.environment["PULUMI_BACKEND_URL"].startswith("s3://vcp-state-")
        if words[:2] == ["stack", "ls"]:
            return json.dumps([{"name": name} for place, name in self.machine.stacks if place == self._place])
        if words[:2] == ["stack", "init"]:
            provider = next(word for word in words if word.startswith("--secrets-provider=")).partition("=")[2]
            self.machine.stacks[self._place, words[2]] = Stack(provider)
            self._write_key(words[2])
            return ""
        name = words[2] if words[:2] == ["stack", "select"] else words[words.index("--stack") + 1]
        stack = self.machine.stacks[self._place, name]
        match words:
            case ["stack", "select", *_]:
                return ""
            case ["config", "refresh", *_]:
                self._write_key(name)
                return ""
            case ["config", "set", *rest]:
                self._set(stack, rest, given)
                return ""
            case ["config", "get", *_]:
                return stack.secrets[words[-1]] + "\n"
            case ["config", "--json", *_]:
                plain = {key: {"value": json.dumps(v) if isinstance(v, list) else v} for key, v in stack.config.items()}
                return json.dumps(plain | {key: {"secret": True} for key in stack.secrets})
            case ["preview", *_]:
                return json.dumps({"steps": self._steps(name, stack)})
            case ["up", *_]:
                stack.deployed = stack.wanted
                return ""
            case ["stack", "output", *_]:
                return json.dumps(self._outputs(stack))
        raise AssertionError(f"unexpected Pulumi command: {words}")

    def _write_key(self, stack: str) -> None:
        with (self.folder / f"Pulumi.{stack}.yaml").open("a", encoding="utf-8") as file:
            file.write("encryptedkey: AQICAHj\n")

    @property
    def _place(self) -> str:
        return self.environment["PULUMI_BACKEND_URL"]

    def _set(self, stack: Stack, rest: list[str], given: str | None) -> None:
        if "--secret" in rest:
            stack.secrets[rest[-1]] = given or ""
            return
        key, value = rest[-2:]
        if "--path" in rest:
            key = key.partition("[")[0]
            stack.config.setdefault(key, []).append(value)
        else:
            stack.config[key] = value

    def _steps(self, name: str, stack: Stack) -> list[dict[str, Any]]:
        deployed = stack.deployed or {}
        op = "update" if stack.deployed else "create"
        changed = sorted(key for key, value in stack.wanted.items() if deployed.get(key) != value)
        same = {"op": "same", "urn": f"urn:pulumi:{name}::vcp::aws:sqs/queue:Queue::transfers-queue"}
        group = {"op": "update", "urn": f"urn:pulumi:{name}::vcp::vcp:function:ImageFunction::intake"}
        function = f"urn:pulumi:{name}::vcp::vcp:function:ImageFunction$aws:lambda/function:Function::intake-function"
        step = {"op": op, "urn": function, "detailedDiff": {f"{key.partition(':')[2]}": {} for key in changed}}
        return [same, group, *([step] if changed or stack.deployed is None else [])]

    def _outputs(self, stack: Stack) -> dict[str, Any]:
        if stack.deployed is None:
            return {}
        if self.folder.name == "foundation":
            return {"boundaries": dict.fromkeys(stack.config.get("vcp-foundation:stacks", ["dev", "prod"]), "arn")}
        images = {name: stack.deployed.get(f"vcp:{name}Image") for name in ("media", "core")}
        intake = f"arn:aws:lambda:{REGION}:123456789012:function:video-file-processor-dev"
        return {
            "region": REGION,
            "images": images,
            "n8nUserName": "vcp-dev-n8n",
            "functionArns": {"intake": intake},
            "functionNames": {"intake": intake.rpartition(":")[2]},
        }
