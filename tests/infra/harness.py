"""Run the program under Pulumi's mocks and record every resource that it registers."""

from __future__ import annotations

import asyncio
import json
import os
import runpy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pulumi
import yaml
from pulumi.runtime import mocks, rpc
from pulumi.runtime.settings import SETTINGS, set_root_resource
from pulumi.runtime.stack import run_in_stack

from tests.infra.guards import outputs_guarded

ROOT = Path(__file__).parents[2]
ACCOUNT = "210987654321"
REGION = "eu-central-1"
TIME_LIMIT_SECONDS = 60

SERVICE_ACCOUNT_KEY = json.dumps(
    {
        "type": "service_account",
        "client_email": "reader@project.iam.gserviceaccount.com",
        "private_key": "-----BEGIN PRIVATE KEY-----\nnever-seen-in-plain\n-----END PRIVATE KEY-----\n",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
)
AIRTABLE_TOKEN = "patNeverSeenInPlain.0123456789abcdef"


def image(name: str, region: str = REGION) -> str:
    return f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com/{name}@sha256:{'5e' * 32}"


#: Values without a default in Pulumi.yaml.
REQUIRED = {
    "mediaImage": image("vcp-media"),
    "coreImage": image("vcp-core"),
    "googleServiceAccountKey": SERVICE_ACCOUNT_KEY,
}
AIRTABLE = {"airtableToken": AIRTABLE_TOKEN, "airtableBaseId": "app0123456789ABCD"}
PEOPLE = {"mailRecipients": '["studio@example.com", "Client@example.org"]', "alarmRecipients": '["ops@example.com"]'}
FOLDER_ID = "1FolderFolderFolderFolderFolder01"
WATCHING = {"watchedFolder": f"https://drive.google.com/drive/folders/{FOLDER_ID}?usp=sharing"}
#: A stack with every optional part, and one without.
WHOLE = {**AIRTABLE, **PEOPLE, **WATCHING}
LEAST = {"alarms": "false", "n8nInvoker": "false", "protectData": "false"}
SECRETS = frozenset({"vcp:googleServiceAccountKey", "vcp:airtableToken"})


@dataclass(frozen=True)
class Registered:
    """One resource as the program registered it. Secrets are unwrapped; `secret_inputs` names them."""

    type: str
    name: str
    urn: str
    parent: str
    inputs: Mapping[str, Any]
    secret_inputs: frozenset[str]
    protected: bool
    dependencies: tuple[str, ...]


@dataclass
class Run:
    """The resources and outputs of one run of the program."""

    resources: list[Registered] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    #: Functions of providers that the program called.
    calls: list[str] = field(default_factory=list)

    def of(self, kind: str) -> list[Registered]:
        """All resources of a type, such as `sqs/queue:Queue`."""
        return [resource for resource in self.resources if resource.type == f"aws:{kind}"]

    def one(self, kind: str, name: str) -> Registered:
        """The one resource of a type whose physical or logical name is `name`."""
        found = [r for r in self.of(kind) if name in (r.name, r.inputs.get("name"), r.inputs.get("bucket"))]
        assert len(found) == 1, f"{len(found)} {kind} named {name}: {[r.name for r in self.of(kind)]}"
        return found[0]

    def policies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every statement of every policy in the stack, with the name of its resource."""
        for resource in self.resources:
            for key in ("policy", "assumeRolePolicy"):
                if text := resource.inputs.get(key):
                    for statement in json.loads(text)["Statement"]:
                        yield resource.name, statement


@cache
def declarations() -> Mapping[str, Mapping[str, Any]]:
    """The `config` block of Pulumi.yaml."""
    block: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["config"]
    return block


def as_text(value: Any) -> str:
    """A value as the engine passes it to a program."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, list) else str(value)


def configuration(given: Mapping[str, str | None]) -> dict[str, str]:
    """Defaults of Pulumi.yaml, then required values, then `given`; None removes a key."""
    values = {key: as_text(entry["default"]) for key, entry in declarations().items() if "default" in entry}
    merged: dict[str, str | None] = {**values, **REQUIRED, "aws:region": REGION, **given}
    return {key if ":" in key else f"vcp:{key}": value for key, value in merged.items() if value is not None}


class _Monitor(mocks.MockMonitor):
    """Records the raw requests, which have more than the mocks' own interface."""

    def __init__(self, mock: mocks.Mocks, run: Run) -> None:
        super().__init__(mock)
        self._run = run

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name of the RPC
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        raw = rpc.deserialize_properties(request.object, keep_unknowns=True)
        opened = {key: _opened(value) for key, value in raw.items()}
        self._run.resources.append(
            Registered(
                type=request.type,
                name=request.name,
                urn=answer.urn,
                parent=request.parent,
                inputs=opened,
                secret_inputs=frozenset(key for key, value in raw.items() if value != opened[key]),
                protected=request.protect,
                dependencies=tuple(request.dependencies),
            )
        )
        return answer

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        self._run.calls.append(request.tok)
        return super().Invoke(request)  # type: ignore[no-untyped-call]

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        if "::pulumi:pulumi:Stack::" in request.urn:
            self._run.outputs.update(_opened(rpc.deserialize_properties(request.outputs, keep_unknowns=True)))
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


def _opened(value: Any) -> Any:
    if rpc.is_rpc_secret(value):
        return _opened(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: _opened(item) for key, item in value.items()}
    return [_opened(item) for item in value] if isinstance(value, list) else value


class _Cloud(mocks.Mocks):
    """Returns what AWS would compute: ARNs, URLs, a stack's outputs."""

    def __init__(self, *, preview: bool) -> None:
        self._preview = preview

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        inputs = dict(args.inputs)
        name = str(inputs.get("name") or inputs.get("bucket") or args.name)
        if self._preview:
            return None, inputs
        computed = _computed(args.typ, name, inputs)
        return computed.pop("id", f"{name}-id"), {**inputs, **computed}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        match args.token:
            case "aws:index/getCallerIdentity:getCallerIdentity":
                return {"accountId": ACCOUNT, "arn": "arn:aws:iam::x", "userId": "x", "id": ACCOUNT}, []
            case "aws:index/getPartition:getPartition":
                return {"partition": "aws", "id": "aws", "dnsSuffix": "amazonaws.com"}, []
        raise AssertionError(f"the program calls {args.token}, which the harness does not support")


def _computed(kind: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    service = kind.split(":")[1].split("/")[0]
    stem = f"arn:aws:{service}:{REGION}:{ACCOUNT}:"
    match kind.removeprefix("aws:"):
        case "s3/bucket:Bucket":
            return {"arn": f"arn:aws:s3:::{name}"}
        case "sqs/queue:Queue":
            return {"arn": stem + name, "url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"}
        case "sns/topic:Topic":
            return {"arn": stem + name}
        case "iam/role:Role":
            return {"arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"}
        case "iam/policy:Policy":
            return {"arn": f"arn:aws:iam::{ACCOUNT}:policy/{name}"}
        case "iam/openIdConnectProvider:OpenIdConnectProvider":
            return {"arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{inputs['url'].removeprefix('https://')}"}
        case "ecr/repository:Repository":
            url = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}"
            return {"arn": f"{stem}repository/{name}", "repositoryUrl": url}
        case "kms/key:Key":
            return {"arn": f"{stem}key/{name}", "keyId": name}
        case "dynamodb/table:Table":
            return {"arn": f"{stem}table/{name}", "streamArn": f"{stem}table/{name}/stream/2026-01-01T00:00:00.000"}
        case "lambda/function:Function":
            return {"arn": f"{stem}function:{name}"}
        case "cloudwatch/logGroup:LogGroup":
            return {"arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}"}
        case "cloudwatch/eventRule:EventRule":
            return {"arn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"}
        case "mediaconvert/queue:Queue":
            return {"arn": f"{stem}queues/{name}"}
        case "secretsmanager/secret:Secret":
            arn = f"{stem}secret:{inputs.get('namePrefix', name + '-')}2026-AbCdEf"
            return {"id": arn, "arn": arn}
        case "cloudformation/stack:Stack":
            template = json.loads(inputs["templateBody"])
            return {"outputs": {"PresetName": template["Resources"]["Preset"]["Properties"]["Name"]}}
    return {}


def whole_program() -> None:
    """Run `__main__.py` as the engine's language host does."""
    runpy.run_path(str(ROOT / "__main__.py"))


def run(
    given: Mapping[str, str | None] | None = None,
    *,
    stack: str = "test",
    preview: bool = False,
    secret_keys: frozenset[str] = SECRETS,
    into: Run | None = None,
    program: Callable[[], None] = whole_program,
) -> Run:
    """Run the program as `pulumi up` would, on a cloud that accepts everything.

    `preview`: values that a service computes are unknown. Raises what the program raises, and `OutputMisused` where it
    uses an output as a value; what it had registered by then is in `into`.
    """
    recorded = into if into is not None else Run()
    return run_program(program, configuration(given or {}), "vcp", stack, recorded, preview, secret_keys)


def run_program(
    program: Callable[[], None],
    values: Mapping[str, str],
    project: str,
    stack: str,
    recorded: Run,
    preview: bool = False,
    secret_keys: frozenset[str] = frozenset(),
) -> Run:
    """Run one of our programs with these values, by keys with their namespace."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    # As the language host does; the mocks set only the SDK's own copy.
    environment = patch.dict(os.environ, {"PULUMI_CONFIG": json.dumps(dict(values))})

    async def go() -> None:
        mock = _Cloud(preview=preview)
        pulumi.runtime.set_mocks(mock, project=project, stack=stack, preview=preview, monitor=_Monitor(mock, recorded))
        pulumi.runtime.set_all_config(dict(values), sorted(secret_keys))
        set_root_resource(None)  # type: ignore[arg-type]
        SETTINGS.outputs.clear()
        await run_in_stack(program)

    try:
        with outputs_guarded(), environment:
            loop.run_until_complete(asyncio.wait_for(go(), TIME_LIMIT_SECONDS))
    finally:
        pulumi.runtime.set_all_config({})
        loop.close()
        asyncio.set_event_loop(None)
    return recorded
