"""The numbered list of docs/deploying.md, as steps that look at what is there before they do anything.

Each can be run again at any point: what is there stays, what is missing is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from foundation import names
from vcpctl.command_exit import FAILED, CommandExit
from vcpctl.deploy import questions
from vcpctl.deploy.account import Account, lay_state, sign_in
from vcpctl.deploy.images import IN_THE_IMAGES, Images, asked_for, built
from vcpctl.deploy.pulumi import CommandsIn, Preview, Pulumi
from vcpctl.deploy.shell import CommandFailed, Commands

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.")
_STATE_TEMPLATE = Path("foundation/state.json")


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    stack: str
    #: A revision or digests; empty for the whole list with images of this checkout.
    images: str = ""
    #: Do it without asking.
    yes: bool = False


@dataclass
class Deployment:
    """One run of the list, and what its steps have found out so far."""

    options: Options
    root: Path
    commands_in: CommandsIn
    say: Callable[[str], None]
    ask: questions.Ask
    sign_in: Callable[[str], Account] = sign_in
    account: Account = field(init=False)
    images: Images = field(init=False)
    pulumi: Pulumi = field(init=False)
    preview: Preview = field(init=False)
    outputs: Mapping[str, Any] = field(init=False, default_factory=dict)

    @property
    def here(self) -> Commands:
        """Commands that run in the checkout."""
        return self.commands_in(self.root, {})

    # The steps, in the order of the list.

    def check_tools(self) -> str:
        """Pulumi's command line is there and not older than the library that the program was tested with."""
        needed = version("pulumi")
        install = f"install version {needed} (https://www.pulumi.com/docs/install/versions/), then run it again."
        if not self.here.has("pulumi"):
            raise CommandExit(f"Pulumi's command line is missing: {install}")
        told = self.here.ask("pulumi", "version").strip()
        if (number := _number(told)) and number < _number(needed):
            raise CommandExit(f"Pulumi's command line is {told}, too old: {install}")
        return f"pulumi {told or 'built from source, which does not tell its version'}"

    def check_account(self) -> str:
        """The stack's region is known, and AWS takes the credentials at hand."""
        region = region_of(self.root, self.options.stack)
        self.account = self.sign_in(region)
        return f"account {self.account.id}, region {region}, as {self.account.arn.rpartition(':')[2]}"

    def lay_state(self) -> str:
        """There is a bucket for Pulumi's state."""
        lay_state(self.account, self.root / _STATE_TEMPLATE, self.say)
        return names.state_bucket(self.account.id, self.account.region)

    def lay_foundation(self) -> str:
        """Registries, keys, bounds, and the roles of CI are there."""
        where = (self.account.id, self.account.region)
        pulumi = Pulumi(self.commands_in, self.root / "foundation", names.STACK, where, "foundation")
        is_new = pulumi.select()
        questions.complete_foundation(pulumi, self.account.region, self.ask, is_new=is_new)
        told = self._update(pulumi, "the foundation")
        stacks = pulumi.outputs().get("boundaries", {})
        if self.options.stack not in stacks:
            raise CommandExit(
                f"The foundation knows the stacks {', '.join(stacks)}, not {self.options.stack}: add it to "
                "vcp-foundation:stacks in foundation/Pulumi.account.yaml, then run it again."
            )
        return told

    def build_images(self) -> str:
        """The images of this checkout are built, or were pushed before."""
        if (pushed := self._pushed_before()) is not None:
            self.images = pushed
            return "the registry has those of this commit"
        try:
            self.here.show("make", "images")
        except CommandFailed as failed:
            raise CommandExit("The images could not be built; the reason is above.", FAILED) from failed
        return f"revision {built(self.root)[0].revision}"

    def push_images(self) -> str:
        """The registry has them, under their revision."""
        if not hasattr(self, "images"):
            self.images = self.account.registry.push(built(self.root))
        return str(self.images)

    def _pushed_before(self) -> Images | None:
        """The images of this commit in the registry, if nothing that goes into them differs from it."""
        try:
            if self.here.ask("git", "status", "--porcelain", "--", *IN_THE_IMAGES).strip():
                return None
            revision = self.here.ask("git", "rev-parse", "HEAD").strip()
        except CommandFailed:  # not a checkout: building says what it is
            return None
        return self.account.registry.has(revision)

    def find_images(self) -> str:
        """The registry has the images that were asked for."""
        self.images = self.account.registry.find(asked_for(self.options.images))
        return str(self.images)

    def configure(self) -> str:
        """The stack is there and knows images, bound, and what only a person can tell."""
        self.pulumi = stack_of(self)
        is_new = self.pulumi.select()
        questions.complete(self.pulumi, self.ask, is_new=is_new)
        wanted = {
            "vcp:permissionsBoundary": names.boundary_arn(self.account.id, self.options.stack, self.account.partition),
            **{f"vcp:{image}Image": self.images.uri(image, self.account.registry.host) for image in names.REPOSITORIES},
        }
        given = self.pulumi.config()
        for key, value in wanted.items():
            if given.get(key) != value:
                self.pulumi.set(key, value)
        return f"stack {self.options.stack}{', new' if is_new else ''}"

    def update(self) -> str:
        """The stack runs these images."""
        told = self._update(self.pulumi, f"stack {self.options.stack}")
        self.account.registry.mark_deployed(self.images, self.options.stack)
        self.outputs = self.pulumi.outputs()
        return told

    def _update(self, pulumi: Pulumi, what: str) -> str:
        """Show what would change, ask, and change it."""
        self.preview = pulumi.preview()
        for change in self.preview.changes:
            self.say(str(change))
        if self.preview.changes and not self.options.yes:
            answer = self.ask(f"Change {what} in account {self.account.id} ({self.preview.summary()})? [y/N]")
            if answer is None:
                raise CommandExit("Nobody is there to say yes to these changes: run it again with YES=1.")
            if answer.lower() not in ("y", "yes"):
                raise CommandExit(f"{what.capitalize()} was left as it was.")
        pulumi.up()  # without changes, too: outputs may differ
        return f"done: {self.preview.summary()}"


@dataclass(frozen=True)
class Step:
    """One number of the list."""

    title: str
    run: Callable[[Deployment], str]


_BEFORE = [
    Step("The tools", Deployment.check_tools),
    Step("The account", Deployment.check_account),
]
_AFTER = [
    Step("The stack's settings", Deployment.configure),
    Step("The stack", Deployment.update),
]
#: From nothing to a running stack.
WHOLE = [
    *_BEFORE,
    Step("The place for Pulumi's state", Deployment.lay_state),
    Step("The foundation", Deployment.lay_foundation),
    Step("The images", Deployment.build_images),
    Step("The images in the registry", Deployment.push_images),
    *_AFTER,
]
#: From one set of images to another: what CI does, and rolling back.
WITH_IMAGES = [*_BEFORE, Step("The images in the registry", Deployment.find_images), *_AFTER]


def steps_for(options: Options) -> list[Step]:
    """The list that was asked for. Raises CommandExit when IMAGES= is not what it must be."""
    if options.images:
        asked_for(options.images)
    return WITH_IMAGES if options.images else WHOLE


def stack_of(deployment: Deployment) -> Pulumi:
    """The pipeline's stack that was asked for."""
    where = (deployment.account.id, deployment.account.region)
    return Pulumi(deployment.commands_in, deployment.root, deployment.options.stack, where, deployment.options.stack)


def region_of(root: Path, stack: str) -> str:
    """The region in the stack's file. Raises CommandExit when there is none."""
    path = root / f"Pulumi.{stack}.yaml"
    if not path.is_file() or stack == "local":
        known = sorted(file.suffixes[0].removeprefix(".") for file in root.glob("Pulumi.*.yaml"))
        there = ", ".join(name for name in known if name != "local")
        raise CommandExit(
            f"There is no stack {stack} to deploy; there are {there}. For a new one copy Pulumi.dev.yaml to "
            f"Pulumi.<name>.yaml and change what differs."
        )
    told = yaml.safe_load(path.read_text("utf-8")) or {}
    region = told.get("config", {}).get("aws:region")
    if not region:
        raise CommandExit(f"{path.name} has no aws:region: set it to where the stack is to be, such as eu-central-1.")
    return str(region)


def _number(told: str) -> tuple[int, ...]:
    """Major and minor version; nothing where it is not told."""
    found = _VERSION.match(told)
    return tuple(map(int, found.groups())) if found else ()
