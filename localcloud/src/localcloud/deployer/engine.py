"""One run of a program: keeps the books, and answers each registration of the SDK."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.deployer.cloud import Cloud
from localcloud.deployer.deletion import delete_all, refuse_protected
from localcloud.deployer.errors import (
    DeployError,
    NotDeployed,
    PropertyRefused,
    ServiceRefused,
    UnknownProperty,
    UnknownResourceType,
    WrongInput,
    sentence_of,
)
from localcloud.deployer.goals import STACK_TYPE, Goal
from localcloud.deployer.lifecycle import deploy_resource
from localcloud.deployer.outputs import program_outputs, redacted
from localcloud.deployer.providers import PROVIDER_TYPE, ProviderSettings, provider_settings
from localcloud.deployer.resources.base import ResourceType
from localcloud.deployer.results import Deployed, Registration
from localcloud.deployer.state import Record, State
from localcloud.deployer.values import STRINGIFIED_OUTPUT, UNKNOWN, has_unknown, leaves, plain, secret_texts

REFUSALS: Final = (ClientError, BotoCoreError, PropertyRefused, NotDeployed, WrongInput, NotImplementedError)


class Engine:
    """Called from several threads at once; the lifecycle of a single resource is in `lifecycle.py`."""

    def __init__(
        self,
        cloud: Cloud,
        table: Mapping[str, ResourceType],
        state: State,
        default_provider: ProviderSettings,
        *,
        preview: bool,
        report: Callable[[Deployed], None],
    ) -> None:
        self.cloud = cloud
        self.table = table
        self.state = state
        self.preview = preview
        self.deployed: list[Deployed] = []
        self.warnings: list[str] = []
        self.stack_outputs: dict[str, Any] = {}
        self.secret_texts: set[str] = set()
        self.failure: Exception | None = None
        self.lock = threading.RLock()
        self._default_provider = default_provider
        self._providers: dict[str, ProviderSettings] = {}
        self._unproduced: dict[str, list[str]] = {}
        self._goals: dict[str, Goal] = {}
        self._report = report

    def register(self, goal: Goal) -> Registration:
        """Bring one resource to what the program wants; its outputs are read back from the service."""
        goal = self._admitted(goal)
        self._refuse_unusable_values(goal)
        if not goal.custom:
            return self._component(goal)
        if goal.type.startswith("pulumi:providers:"):
            return self._provider(goal)
        kind = self._kind_of(goal)
        try:
            return deploy_resource(self, kind, goal)
        except REFUSALS as error:
            raise self.explained(goal.urn, goal.type, error) from error

    def read(self, goal: Goal, resource_id: str) -> Registration:
        """A resource that exists outside of the program (`Type.get`)."""
        kind = self._kind_of(goal)
        settings = self.settings_of(goal.provider)
        try:
            told = kind.read(self.cloud.in_region(settings.region), resource_id, plain(goal.inputs))
        except REFUSALS as error:
            raise self.explained(goal.urn, goal.type, error) from error
        if told is None:
            raise DeployError(f"{goal.urn}: there is no {goal.type} {resource_id}")
        outputs = self.outputs_of(kind, goal, {}, told, settings)
        self.note(Deployed(goal.urn, goal.type, goal.name, resource_id, "read"))
        return Registration(goal.urn, resource_id, outputs)

    def export(self, outputs: Mapping[str, Any]) -> None:
        """The stack's outputs."""
        for name, value in outputs.items():
            if has_unknown(value) and not self.preview:
                raise UnknownProperty(
                    f"stack output {name} needs an output property that the local cloud does not read back"
                )
            self._refuse_stringified("stack output", name, value)
        self.secret_texts |= secret_texts(dict(outputs))
        self.stack_outputs = dict(outputs)

    def finish(self) -> None:
        """The program is through: delete what it replaced and what it no longer declares."""
        vanished = [record for urn, record in self.state.records.items() if urn not in self._goals]
        refuse_protected(record for record in vanished if not record.retain)
        if self.preview:
            for record in filter(lambda each: each.custom, vanished):
                self.note(Deployed(record.urn, record.type, record.name, record.id, "delete"))
            return
        gone = delete_all(
            [*vanished, *self.state.pending_deletion], self.table, self.delete_resource, self.state.forget
        )
        for record in gone:
            if record.custom and record.urn not in self._goals:
                self.note(Deployed(record.urn, record.type, record.name, record.id, "delete"))
        self.state.outputs = self.state.conceal(self.stack_outputs)
        self.state.save()

    def delete_resource(self, kind: ResourceType, record: Record) -> None:
        """The service call that removes a resource; its refusal names the URN."""
        try:
            kind.delete(self.cloud.in_region(record.region), record.id, record.inputs)
        except REFUSALS as error:
            raise self.explained(record.urn, record.type, error, "delete") from error

    # -- what the lifecycle of a resource needs -----------------------------------------------------------

    def settings_of(self, provider: str) -> ProviderSettings:
        """Settings of a provider reference (`<urn>::<id>`); empty is the default provider."""
        if not provider:
            return self._default_provider
        with self.lock:
            return self._providers[provider.rpartition("::")[0]]

    def known_as(self, goal: Goal) -> Record | None:
        """The record of what the goal was the last time, under this URN or an alias."""
        with self.lock:
            for alias in goal.aliases:
                if self.state.get(goal.urn) is None and self.state.get(alias) is not None and alias not in self._goals:
                    self.state.rename(alias, goal.urn)
            return self.state.get(goal.urn)

    def outputs_of(
        self,
        kind: ResourceType,
        goal: Goal,
        inputs: Mapping[str, Any],
        told: Mapping[str, Any],
        settings: ProviderSettings,
    ) -> dict[str, Any]:
        """Outputs for the program; remembers which of them nobody reads back."""
        complete = dict(told)
        if "region" in kind.schema.outputs:
            complete.setdefault("region", plain(inputs.get("region")) or settings.region)
        outputs = program_outputs(kind, goal, inputs, complete, settings.default_tags, self.secret_texts)
        with self.lock:
            self._unproduced[goal.urn] = sorted(name for name, value in outputs.items() if value is UNKNOWN)
        return outputs

    def note(self, deployed: Deployed) -> None:
        """Put a line in the report."""
        with self.lock:
            self.deployed.append(deployed)
            self._report(deployed)

    def warn(self, sentence: str) -> None:
        """Something that a person should know and that stops nothing."""
        with self.lock:
            self.warnings.append(sentence)

    def explained(self, urn: str, token: str, error: Exception, action: str = "deploy") -> DeployError:
        """A service's or a resource type's refusal as a sentence with URN, property and message, without secrets."""
        if isinstance(error, NotDeployed):
            known = "" if "." in error.path or "[" in error.path else self._misspelt(token, error.path)
            return UnknownProperty(f"{token}: property {error.path} is not deployed{known} ({urn})")
        text = sentence_of(error) if isinstance(error, ClientError | BotoCoreError) else str(error)
        kind = DeployError if isinstance(error, WrongInput) else ServiceRefused
        return kind(redacted(f"{urn}: cannot {action}: {text}", self.secret_texts))

    # -- own business -------------------------------------------------------------------------------------

    def _admitted(self, goal: Goal) -> Goal:
        with self.lock:
            if self.failure is not None:
                raise DeployError(f"{goal.urn}: not deployed, because of: {self.failure}")
            if goal.urn in self._goals:
                raise DeployError(f"{goal.urn} is declared twice; names must differ within a type and parent")
            if goal.retain is None and goal.parent in self._goals:
                goal = replace(goal, retain=self._goals[goal.parent].retain)
            self._goals[goal.urn] = goal
            self.secret_texts |= secret_texts(dict(goal.inputs))
            return goal

    def _kind_of(self, goal: Goal) -> ResourceType:
        kind = self.table.get(goal.type)
        if kind is None:
            raise UnknownResourceType(f"{goal.type} is not something the local cloud can deploy ({goal.urn})")
        return kind

    def _component(self, goal: Goal) -> Registration:
        if goal.type != STACK_TYPE and not self.preview:
            # only so that a parent is deleted after its children
            self.state.put(Record(goal.urn, goal.type, goal.name, "", custom=False, parent=goal.parent))
        return Registration(goal.urn, "", {})

    def _provider(self, goal: Goal) -> Registration:
        if goal.type != PROVIDER_TYPE:
            raise UnknownResourceType(f"{goal.type} is not a provider that the local cloud can stand for ({goal.urn})")
        settings = provider_settings(goal.urn, goal.inputs, self._default_provider.region, self.cloud.account_id)
        with self.lock:
            self._providers[goal.urn] = settings
        return Registration(goal.urn, f"provider-{goal.name}", goal.inputs)

    def _refuse_unusable_values(self, goal: Goal) -> None:
        for name, value in goal.inputs.items():
            self._refuse_stringified(goal.urn, name, value)
            if not self.preview and has_unknown(value):
                raise UnknownProperty(
                    f"{goal.urn}: property {name} needs an output that the local cloud does not read back: "
                    + (self._suspects(goal, name) or "of a resource that it depends on")
                )

    def _refuse_stringified(self, where: str, name: str, value: Any) -> None:
        for path, leaf in leaves(value, name):
            if isinstance(leaf, str) and STRINGIFIED_OUTPUT in leaf:
                raise DeployError(
                    f"{where}: {path} has an Output formatted as text; use Output.concat or apply instead"
                )

    def _suspects(self, goal: Goal, name: str) -> str:
        found = []
        with self.lock:
            for urn in goal.property_dependencies.get(name, ()):
                if self._unproduced.get(urn):
                    found.append(f"{self._goals[urn].type} ({urn}): {' or '.join(self._unproduced[urn])}")
        return "; ".join(found)

    def _misspelt(self, token: str, name: str) -> str:
        return "" if name in self.table[token].schema.inputs else ", nor known to pulumi-aws"
