"""Deploy a program, preview it, or take down what it made."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from localcloud.deployer.cloud import Cloud
from localcloud.deployer.deletion import delete_all, refuse_protected
from localcloud.deployer.engine import Engine
from localcloud.deployer.errors import ConfigError
from localcloud.deployer.monitor import Monitor
from localcloud.deployer.program import run_program
from localcloud.deployer.project import Configuration, load_project, resolve_configuration
from localcloud.deployer.providers import ProviderSettings, provider_settings
from localcloud.deployer.resources import TABLE
from localcloud.deployer.results import Deployed, Deployment
from localcloud.deployer.state import Record, locked
from localcloud.deployer.values import UNKNOWN, has_secret, plain, transform

_log = logging.getLogger(__name__)
_DEFAULT_REGION: Final = "us-east-1"


def deploy(
    program_dir: Path,
    stack: str,
    endpoint: str,
    *,
    config: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    state_file: Path | None = None,
    region: str | None = None,
    preview: bool = False,
    report: Callable[[Deployed], None] | None = None,
) -> Deployment:
    """Run the Pulumi program in `program_dir` and bring the cloud at `endpoint` to what it declares.

    `config` and `secrets` override the stack file (values as `pulumi config set` takes them). Without a state file
    every run starts from nothing. `preview` makes nothing and leaves what is not made yet unknown. `report` is
    called for each resource, as it is done.

    Raises DeployError, with what was made before kept in the state file.
    """
    project = load_project(Path(program_dir))
    overrides = dict(config or {})
    if region is not None:
        overrides["aws:region"] = region
    configuration = resolve_configuration(project, stack, overrides, secrets or {})
    with locked(state_file) as state:
        state.claim(f"{project.name}/{stack}")
        home = configuration.values.get("aws:region", _DEFAULT_REGION)
        cloud = Cloud(endpoint, home)
        engine = Engine(
            cloud, TABLE, state, _default_provider(configuration, cloud), preview=preview, report=report or _ignore
        )
        engine.secret_texts |= {
            configuration.values[key] for key in configuration.secret_keys & configuration.values.keys()
        }
        run_program(project, stack, configuration, Monitor(engine, project.name, stack), preview=preview)
        engine.finish()
    for warning in engine.warnings:
        _log.warning("%s", warning)
    outputs = engine.stack_outputs
    known = transform(plain(outputs), lambda leaf: None if leaf is UNKNOWN else leaf)
    hidden = frozenset(name for name, value in outputs.items() if has_secret(value))
    return Deployment(known, engine.deployed, hidden, tuple(engine.warnings))


def destroy(state_file: Path, endpoint: str, *, report: Callable[[Deployed], None] | None = None) -> Deployment:
    """Delete everything that the state file knows, users before what they use. Needs no program.

    Raises Protected before anything is deleted when a resource is protected.
    """
    if not state_file.exists():
        raise ConfigError(f"{state_file} does not exist, so nothing is known to destroy")
    with locked(state_file) as state:
        cloud = Cloud(endpoint, _DEFAULT_REGION)
        engine = Engine(cloud, TABLE, state, ProviderSettings(_DEFAULT_REGION), preview=False, report=report or _ignore)
        records = [*state.records.values(), *state.pending_deletion]
        refuse_protected(record for record in records if not record.retain)

        def forget(record: Record) -> None:
            state.forget(record)
            if record.custom:
                engine.note(Deployed(record.urn, record.type, record.name, record.id, "delete"))

        delete_all(records, TABLE, engine.delete_resource, forget)
        state.outputs = {}
        state.save()
    return Deployment({}, engine.deployed)


def _default_provider(configuration: Configuration, cloud: Cloud) -> ProviderSettings:
    inputs = {key.removeprefix("aws:"): value for key, value in configuration.values.items() if key.startswith("aws:")}
    return provider_settings("configuration aws", inputs, cloud.region, cloud.account_id)


def _ignore(_: Deployed) -> None:
    return None
