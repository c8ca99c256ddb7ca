"""The Lambda host: run a function on an event and return the result."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from localcloud.context import CloudContext, ContainerImage, LocalImage
from localcloud.lambdahost.containers import Containers, UnavailableError
from localcloud.lambdahost.environment import ExecutionEnvironment
from localcloud.lambdahost.functions import FunctionStore
from localcloud.lambdahost.invocation import FunctionSpec, Invocation, InvocationResult, Run, error_body
from localcloud.lambdahost.journal import EnvironmentInfo, InvocationRecord, Journal
from localcloud.lambdahost.limits import LocalLimits
from localcloud.lambdahost.logs import LogShipper, LogStream, end_lines
from localcloud.lambdahost.pool import EnvironmentPool
from localcloud.roles import RoleClients, RoleSession

_JOURNALED = ("function", "requestId", "pid", "source", "outcome", "errorType", "durationMs", "initMs")


class StartError(Exception):
    """A function that cannot be started on this machine; the message says why."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class LambdaHost:
    """Runs functions as processes or containers; `context.images` maps image URIs to either."""

    def __init__(self, context: CloudContext) -> None:
        self.context = context
        self.limits = LocalLimits()
        self.containers = Containers()
        self.journal = Journal()
        self.functions = FunctionStore(context.account_id, context.region)
        self.pool = EnvironmentPool(self.limits, self._create, self._ended, context.stopping)
        self._clients = RoleClients(lambda: context.endpoint, context.region)
        self._roles: dict[tuple[str, str], RoleSession] = {}
        self._environments_dir = context.state_dir / "lambda" / "environments"
        self._logs_dir = context.state_dir / "logs"
        self._logs_dir.mkdir(parents=True, exist_ok=True)
        self._shipper = LogShipper(context.activity, context.stopping, self.limits.log_interval_seconds)

    def start(self) -> None:
        self._shipper.start()
        self.pool.start()

    def role_of(self, spec: FunctionSpec) -> RoleSession:
        """Return the session of the function's execution role."""
        key = (spec.role_arn, spec.function_name)
        return self._roles.setdefault(key, RoleSession(self._clients, *key))

    def invoke(self, spec: FunctionSpec, invocation: Invocation) -> InvocationResult:
        """Run the function on one event. Raises ThrottledError; every other outcome is returned."""
        started = time.time()
        try:
            environment = self.pool.acquire(spec, self.functions.reservations())
        except StartError as failure:
            body = error_body(failure.error_type, str(failure))
            run = Run("init-error", body, failure.error_type, duration_ms=0.0, init_ms=0.0, max_rss_kb=0)
            self._record(spec, invocation, None, run, started)
        else:
            try:
                run = environment.run(invocation)
                for line in end_lines(spec, invocation.request_id, run):
                    environment.logs.line(line)
                self._record(spec, invocation, environment, run, started)
            finally:
                self.pool.release(environment)
        function_error = None if run.outcome == "ok" else "Unhandled"
        return InvocationResult(invocation.request_id, run.body, function_error, spec.version)

    def register_image(self, uri: str, image: LocalImage | ContainerImage) -> None:
        """Map an image URI from now on. Raises ValueError for a container image that cannot be run."""
        if isinstance(image, ContainerImage):
            try:
                image = self.containers.prepare(image)
            except UnavailableError as reason:
                raise ValueError(str(reason)) from reason
        self.context.images[uri] = image

    def environments(self) -> list[dict[str, Any]]:
        """Return the execution environments as the console shows them."""
        return [
            asdict(
                EnvironmentInfo(
                    id=each.id,
                    function=each.spec.function_name,
                    version=each.spec.version,
                    pid=each.pid,
                    state=each.state,
                    invocations=each.invocations,
                    maxRssKb=each.max_rss_kb,
                    memoryMb=each.spec.memory_mb,
                    ephemeralStorageMb=each.spec.ephemeral_storage_mb,
                    logStream=each.logs.name,
                )
            )
            for each in self.pool.environments()
        ]

    def _create(self, spec: FunctionSpec) -> ExecutionEnvironment:
        image = self._image_of(spec)
        try:
            credentials = self._clients.assume(spec.role_arn, spec.function_name)
        except ClientError as error:
            message = "The role defined for the function cannot be assumed by Lambda."
            raise StartError("AccessDeniedException", f"{message} ({error})") from error
        logs = LogStream(spec, self.role_of(spec), self._logs_dir / f"{spec.function_name}.log")
        self._shipper.add(logs)
        return ExecutionEnvironment(
            spec,
            image,
            credentials,
            logs,
            endpoint=self.context.endpoint,
            directory=self._environments_dir,
            init_limit_seconds=self.limits.init_limit_seconds,
        )

    def _image_of(self, spec: FunctionSpec) -> LocalImage | ContainerImage:
        if not spec.command:
            raise StartError(
                "Runtime.InvalidEntrypoint",
                f"{spec.function_name} has no ImageConfig.Command, which names the handler.",
            )
        image = self.context.images.get(spec.image_uri)
        if image is None:
            raise StartError(
                "LocalCloud.ImageNotRegistered",
                f"{spec.function_name} runs image {spec.image_uri}, which is not registered in this local cloud "
                "(serve --images FILE, or POST /lambda/images on the console).",
            )
        if isinstance(image, ContainerImage):
            try:
                return self.containers.prepare(image)
            except UnavailableError as reason:
                raise StartError("LocalCloud.ImageCannotRun", str(reason)) from reason
        if not Path(image.working_directory).is_dir():
            raise StartError(
                "Runtime.InvalidWorkingDir",
                f"Image {spec.image_uri} has the working directory {image.working_directory}, which does not exist.",
            )
        return image

    def _ended(self, environment: ExecutionEnvironment) -> None:
        self._shipper.remove(environment.logs)

    def _record(
        self,
        spec: FunctionSpec,
        invocation: Invocation,
        environment: ExecutionEnvironment | None,
        run: Run,
        started: float,
    ) -> None:
        record = InvocationRecord(
            function=spec.function_name,
            requestId=invocation.request_id,
            pid=environment.pid if environment else None,
            environment=environment.id if environment else "",
            source=invocation.source,
            startedAt=started,
            durationMs=round(run.duration_ms, 3),
            initMs=None if run.init_ms is None else round(run.init_ms, 3),
            coldStart=run.init_ms is not None,
            maxRssKb=run.max_rss_kb,
            outcome=run.outcome,
            errorType=run.error_type,
        )
        self.journal.add(record)
        self.context.activity.record("lambda", "invoked", **{name: getattr(record, name) for name in _JOURNALED})
