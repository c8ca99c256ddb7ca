"""Stands where the Pulumi engine's resource monitor stands: takes the SDK's requests, answers from our engine."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, provider_pb2, resource_pb2

from localcloud.deployer.engine import Engine
from localcloud.deployer.errors import DeployError
from localcloud.deployer.goals import STACK_TYPE, Goal, goal_of, urn_of
from localcloud.deployer.invokes import invoke
from localcloud.deployer.values import decode, encode, without_nulls

_log = logging.getLogger("localcloud.deployer.program")
#: What this monitor honours. The SDK refuses the use of any other feature (transforms, hooks) in its own words, and
#: without `aliasSpecs` it works out the URNs of aliases itself.
_FEATURES: Final = frozenset({"secrets", "resourceReferences", "deletedWith", "replaceWith"})


class Monitor:
    """The ResourceMonitor service, in process. Methods are named by the wire protocol and called in threads."""

    def __init__(self, engine: Engine, project: str, stack: str) -> None:
        self.engine = engine
        self.project = project
        self.stack = stack
        self._stack_urn = ""

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        urn = self._urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            self._stack_urn = urn
            return resource_pb2.RegisterResourceResponse(urn=urn)
        registration = self._guarded(lambda: self.engine.register(goal_of(request, urn)))
        return resource_pb2.RegisterResourceResponse(
            urn=registration.urn, id=registration.id, object=encode(registration.outputs)
        )

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:  # noqa: N802
        urn = self._urn(request.parent, request.type, request.name)
        goal = Goal(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            custom=True,
            inputs=without_nulls(decode(request.properties)),
            dependencies=tuple(request.dependencies),
            property_dependencies={},
            provider=request.provider,
            protect=False,
            retain=None,
            ignore_changes=(),
            replace_on_changes=(),
            delete_before_replace=None,
            deleted_with="",
            aliases=(),
            additional_secret_outputs=frozenset(request.additionalSecretOutputs),
        )
        registration = self._guarded(lambda: self.engine.read(goal, request.id))
        return resource_pb2.ReadResourceResponse(urn=urn, properties=encode(registration.outputs))

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> empty_pb2.Empty:  # noqa: N802
        if request.urn == self._stack_urn:
            self._guarded(lambda: self.engine.export(decode(request.outputs)))
        return empty_pb2.Empty()

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> provider_pb2.InvokeResponse:  # noqa: N802
        arguments = without_nulls(decode(request.args))
        region = self.engine.settings_of(request.provider).region
        answer = self._guarded(lambda: invoke(request.tok, arguments, self.engine.cloud.in_region(region)))
        # The field is named `return`, which Python and the stubs of protobuf cannot say.
        return provider_pb2.InvokeResponse(**{"return": encode(answer)})  # type: ignore[arg-type]

    def Call(self, request: resource_pb2.ResourceCallRequest) -> None:  # noqa: N802
        self._guarded(lambda: _refuse(f"method {request.tok} is not something the local cloud can call"))

    def RegisterPackage(self, request: resource_pb2.RegisterPackageRequest) -> None:  # noqa: N802
        self._guarded(lambda: _refuse(f"parameterised package {request.name} cannot be deployed"))

    def SupportsFeature(  # noqa: N802
        self, request: resource_pb2.SupportsFeatureRequest
    ) -> resource_pb2.SupportsFeatureResponse:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in _FEATURES)

    def SignalAndWaitForShutdown(self, request: empty_pb2.Empty) -> empty_pb2.Empty:  # noqa: N802, ARG002
        return empty_pb2.Empty()

    def _urn(self, parent: str, type_token: str, name: str) -> str:
        return urn_of(self.stack, self.project, parent, type_token, name)

    def _guarded(self, work: Callable[[], Any]) -> Any:
        """Remember the first failure, so that nothing more is begun and the run ends with its words."""
        try:
            return work()
        except Exception as error:
            with self.engine.lock:
                if self.engine.failure is None:
                    self.engine.failure = error
            raise


def _refuse(sentence: str) -> None:
    raise DeployError(sentence)


class ProgramLog:
    """The Engine service, in process: the program's own log lines."""

    _LEVELS: Final = {
        engine_pb2.DEBUG: logging.DEBUG,
        engine_pb2.INFO: logging.INFO,
        engine_pb2.WARNING: logging.WARNING,
        engine_pb2.ERROR: logging.ERROR,
    }

    def Log(self, request: engine_pb2.LogRequest) -> empty_pb2.Empty:  # noqa: N802
        _log.log(self._LEVELS.get(request.severity, logging.INFO), "%s", request.message)
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, request: Any) -> empty_pb2.Empty:  # noqa: N802, ARG002
        return empty_pb2.Empty()
