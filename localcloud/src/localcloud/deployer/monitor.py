"""The resource monitor of a mock run: answers the Pulumi SDK from a stack in the local cloud."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.mocks import MockEngine
from pulumi.runtime.proto import provider_pb2, resource_pb2

from localcloud.deployer.errors import DeployError
from localcloud.deployer.functions import call_function
from localcloud.deployer.stack import Registration, Stack

T = TypeVar("T")
STACK_TYPE: Final = "pulumi:pulumi:Stack"


class Monitor:
    """The ResourceMonitor service, in process. The SDK calls it from several threads.

    It offers no optional feature, so that the SDK sends resources by id and secrets in plain text; it rejects
    transforms.
    """

    def __init__(self, stack: Stack, project: str, stack_name: str) -> None:
        self.stack = stack
        self.failure: Exception | None = None
        self._project = project
        self._stack_name = stack_name

    def RegisterResource(  # noqa: N802 - named by the wire protocol, as all of these
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        urn = self._urn(request.parent, request.type, request.name)
        if request.importId or request.remote:
            option = "import_" if request.importId else "remote"
            raise self._fail(f"{urn}: resource option {option} is not something the local cloud can deploy")
        if not request.custom:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        dependencies = {name: list(each.urns) for name, each in request.propertyDependencies.items()}
        registration = Registration(urn, request.type, request.name, decode(request.object), dependencies)
        created = self._guarded(lambda: self.stack.create(registration))
        return resource_pb2.RegisterResourceResponse(urn=urn, id=created.id, object=encode(created.outputs))

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> empty_pb2.Empty:  # noqa: N802
        if f"::{STACK_TYPE}::" in request.urn:
            self._guarded(lambda: self.stack.export(decode(request.outputs)))
        return empty_pb2.Empty()

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> provider_pb2.InvokeResponse:  # noqa: N802
        result = self._guarded(lambda: call_function(request.tok, self.stack.cloud))
        # The field is named `return`, which is no name for an argument in Python.
        return provider_pb2.InvokeResponse(**{"return": encode(result)})  # type: ignore[arg-type]

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> None:  # noqa: N802
        raise self._fail(f"{request.type}.get is not something the local cloud can deploy ({request.name})")

    def Call(self, request: resource_pb2.ResourceCallRequest) -> None:  # noqa: N802
        raise self._fail(f"method {request.tok} is not something the local cloud can call")

    def RegisterPackage(self, request: resource_pb2.RegisterPackageRequest) -> None:  # noqa: N802
        raise self._fail(f"parameterised package {request.name} cannot be deployed")

    def SupportsFeature(self, _: resource_pb2.SupportsFeatureRequest) -> resource_pb2.SupportsFeatureResponse:  # noqa: N802
        return resource_pb2.SupportsFeatureResponse(hasSupport=False)

    def SignalAndWaitForShutdown(self, _: empty_pb2.Empty) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()

    def _urn(self, parent: str, type_token: str, name: str) -> str:
        """The engine's rule: the types of all parents but the stack, joined by `$`."""
        parents = parent.split("::")[2] if parent else ""
        prefix = "" if parents in ("", STACK_TYPE) else f"{parents}$"
        return f"urn:pulumi:{self._stack_name}::{self._project}::{prefix}{type_token}::{name}"

    def _guarded(self, work: Callable[[], T]) -> T:
        """Record the first failure, which is reported, and start nothing after it."""
        if self.failure is not None:
            raise DeployError(f"not deployed, because of: {self.failure}")
        try:
            return work()
        except Exception as error:
            self.failure = self.failure or error
            raise

    def _fail(self, message: str) -> Exception:
        self.failure = self.failure or DeployError(message)
        return self.failure


def program_log() -> MockEngine:
    """The Engine service, in process: the program's own log lines."""
    return MockEngine(logging.getLogger("localcloud.deployer.program"))


def decode(properties: struct_pb2.Struct) -> dict[str, Any]:
    """Wire -> JSON data, without nulls; whole numbers become int."""
    cleaned: dict[str, Any] = _clean(json_format.MessageToDict(properties))
    return cleaned


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _clean(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def encode(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """JSON data -> wire."""
    struct = struct_pb2.Struct()
    struct.update(properties)
    return struct
