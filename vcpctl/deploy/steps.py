"""The steps of a deployment, as numbered in docs/deploying.md.

Each step can be run again at any time: it keeps what exists and creates what is missing.
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
from vcpctl.deploy.account import Account, create_state, sign_in
from vcpctl.deploy.images import IN_THE_IMAGES, Images, parse_images, read_built
from vcpctl.deploy.pulumi import CommandsIn, Preview, Pulumi
from vcpctl.deploy.shell import CommandFailed, Commands
from vcpctl.deploy.skopeo import check_skopeo

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.")
_STATE_TEMPLATE = Path("foundation/state.json")


@dataclass(frozen=True)
class Options:
    """The options of `vcp deploy`."""

    stack: str
    #: A revision or digests; empty to deploy everything with images of this checkout.
    images: str = ""
    #: Do not ask before changes.
    yes: bool = False


@dataclass
class Deployment:
    """One deployment, and the results of its steps so far."""

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

    def check_tools(self) -> str:
        """Check that Pulumi's CLI is at least as new as the library that the program was tested with."""
        needed = version("pulumi")
        install = f"install version {needed} (https://www.pulumi.com/docs/install/versions/), then run it again."
        if not self.here.has("pulumi"):
            raise CommandExit(f"Pulumi's CLI is missing: {install}")
        found = self.here.ask("pulumi", "version").strip()
        if (number := _number(found)) and number < _number(needed):
            raise CommandExit(f"Pulumi's CLI is {found}, too old: {install}")
        return f"pulumi {found or 'built from source, without a version'}"

    def check_all_tools(self) -> str:
        """Check the tools of a deployment that pushes images."""
        check_skopeo(self.here)
        return self.check_tools()

    def check_account(self) -> str:
        """Sign in to the account in the stack's region."""
        region = region_of(self.root, self.options.stack)
        self.account = self.sign_in(region)
        return f"account {self.account.id}, region {region}, as {self.account.arn.rpartition(':')[2]}"

    def create_state(self) -> str:
        """Create the bucket for Pulumi's state."""
        create_state(self.account, self.root / _STATE_TEMPLATE, self.say)
        return names.state_bucket(self.account.id, self.account.region)

    def deploy_foundation(self) -> str:
        """Deploy registries, keys, permissions boundaries and the roles of CI."""
        where = (self.account.id, self.account.region)
        pulumi = Pulumi(self.commands_in, self.root / "foundation", names.STACK, where, "foundation")
        is_new = pulumi.select()
        questions.complete_foundation(pulumi, self.account.region, self.ask, is_new=is_new)
        result = self._update(pulumi, "the foundation")
        stacks = pulumi.outputs().get("boundaries", {})
        if self.options.stack not in stacks:
            raise CommandExit(
                f"The foundation has the stacks {', '.join(stacks)}, not {self.options.stack}: add it to "
                "vcp-foundation:stacks in foundation/Pulumi.account.yaml, then run it again."
            )
        return result

    def build_images(self) -> str:
        """Build the images of this checkout, unless they were pushed before."""
        if (pushed := self._pushed_before()) is not None:
            self.images = pushed
            return "the registry has the images of this commit"
        try:
            self.here.show("make", "images")
        except CommandFailed as failed:
            raise CommandExit("The images could not be built; the reason is above.", FAILED) from failed
        return f"revision {read_built(self.root)[0].revision}"

    def push_images(self) -> str:
        """Push the images, tagged with their revision."""
        if not hasattr(self, "images"):
            self.images = self.account.registry.push(read_built(self.root), self.here)
        return str(self.images)

    def _pushed_before(self) -> Images | None:
        """Return the registry's images of this commit, if the checkout has no changes to them."""
        try:
            if self.here.ask("git", "status", "--porcelain", "--", *IN_THE_IMAGES).strip():
                return None
            revision = self.here.ask("git", "rev-parse", "HEAD").strip()
        except CommandFailed:  # not a git checkout; the build reports that
            return None
        return self.account.registry.has(revision)

    def find_images(self) -> str:
        """Find the requested images in the registry."""
        self.images = self.account.registry.find(parse_images(self.options.images))
        return str(self.images)

    def configure(self) -> str:
        """Create the stack if necessary and set its images, permissions boundary and required settings."""
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
        """Update the stack and tag its images as deployed."""
        result = self._update(self.pulumi, f"stack {self.options.stack}")
        self.account.registry.mark_deployed(self.images, self.options.stack)
        self.outputs = self.pulumi.outputs()
        return result

    def _update(self, pulumi: Pulumi, what: str) -> str:
        """Show the changes, ask for confirmation, and apply them."""
        self.preview = pulumi.preview()
        for change in self.preview.changes:
            self.say(str(change))
        if self.preview.changes and not self.options.yes:
            answer = self.ask(f"Change {what} in account {self.account.id} ({self.preview.summary()})? [y/N]")
            if answer is None:
                raise CommandExit("There is no terminal to confirm these changes: run it again with YES=1.")
            if answer.lower() not in ("y", "yes"):
                raise CommandExit(f"{what.capitalize()} was not changed.")
        pulumi.up()  # without changes, too: outputs may differ
        return f"done: {self.preview.summary()}"


@dataclass(frozen=True)
class Step:
    """One numbered step."""

    title: str
    run: Callable[[Deployment], str]


_LAST = [
    Step("The stack's settings", Deployment.configure),
    Step("The stack", Deployment.update),
]
#: Deploy everything.
ALL_STEPS = [
    Step("The tools", Deployment.check_all_tools),
    Step("The account", Deployment.check_account),
    Step("The bucket for Pulumi's state", Deployment.create_state),
    Step("The foundation", Deployment.deploy_foundation),
    Step("The images", Deployment.build_images),
    Step("The images in the registry", Deployment.push_images),
    *_LAST,
]
#: Change the images of a stack, as CI and a rollback do.
IMAGE_STEPS = [
    Step("The tools", Deployment.check_tools),
    Step("The account", Deployment.check_account),
    Step("The images in the registry", Deployment.find_images),
    *_LAST,
]


def steps_for(options: Options) -> list[Step]:
    """Return the steps for the options. Raises CommandExit when IMAGES= is invalid."""
    if options.images:
        parse_images(options.images)
    return IMAGE_STEPS if options.images else ALL_STEPS


def stack_of(deployment: Deployment) -> Pulumi:
    """Return the pipeline's stack of a deployment."""
    where = (deployment.account.id, deployment.account.region)
    return Pulumi(deployment.commands_in, deployment.root, deployment.options.stack, where, deployment.options.stack)


def region_of(root: Path, stack: str) -> str:
    """Return the region in the stack's file. Raises CommandExit when there is none."""
    path = root / f"Pulumi.{stack}.yaml"
    if not path.is_file() or stack == "local":
        known = sorted(file.suffixes[0].removeprefix(".") for file in root.glob("Pulumi.*.yaml"))
        there = ", ".join(name for name in known if name != "local")
        raise CommandExit(
            f"There is no stack {stack} to deploy; there are {there}. For a new one copy Pulumi.dev.yaml to "
            f"Pulumi.<name>.yaml and change the settings."
        )
    file = yaml.safe_load(path.read_text("utf-8")) or {}
    region = file.get("config", {}).get("aws:region")
    if not region:
        raise CommandExit(f"{path.name} has no aws:region: set it to the stack's region, such as eu-central-1.")
    return str(region)


def _number(text: str) -> tuple[int, ...]:
    """Return major and minor version; empty when there is none."""
    found = _VERSION.match(text)
    return tuple(map(int, found.groups())) if found else ()
