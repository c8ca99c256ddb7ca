"""The Lambda host: takes an event for a function and brings back how it ended."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from localcloud.context import CloudContext, ContainerImage, LocalImage
from localcloud.lambdahost.containers import CannotRun, Containers
from localcloud.lambdahost.environment import ExecutionEnvironment
from localcloud.lambdahost.functions import FunctionStore
from localcloud.lambdahost.invocation import FunctionSpec, Invocation, InvocationResult, Run
from localcloud.lambdahost.journal import InvocationRecord, Journal
from localcloud.lambdahost.limits import LocalLimits
from localcloud.lambdahost.logs import LogShipper, LogStream
from localcloud.lambdahost.platform_lines import end_lines
from localcloud.lambdahost.pool import EnvironmentPool
from localcloud.lambdahost.roles import RoleClients, RoleSession


class CannotStart(Exception):  # noqa: N818  (it is the function that fails, not the host)
    """A function that this machine has no process for; the message says why."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class LambdaHost:
    """Runs functions as processes or containers. `images` maps image URIs to what stands for them here."""

    def __init__(self, context: CloudContext, limits: LocalLimits) -> None:
        self.limits = limits
        self.images = context.images
        self.containers = Containers()
        self.journal = Journal()
        self.functions = FunctionStore(context.account_id, context.region)
        self.roles = RoleClients(lambda: context.endpoint, context.region)
        self._context = context
        self._environments_dir = context.state_dir / "lambda" / "environments"
        self._logs_dir = context.state_dir / "logs"
        self._logs_dir.mkdir(parents=True, exist_ok=True)
        self._shipper = LogShipper(context.activity, context.stopping, limits.log_interval_seconds)
        self.pool = EnvironmentPool(limits, self._make, self._ended, context.stopping)

    def start(self) -> None:
        self._shipper.start()
        self.pool.start()

    def role_of(self, spec: FunctionSpec) -> RoleSession:
        """The function's execution role, as the function assumes it."""
        return self.roles.role(spec.role_arn, spec.function_name)

    def invoke(self, spec: FunctionSpec, invocation: Invocation) -> InvocationResult:
        """Run one event and wait for its end. Raises Throttled; every other end is a result."""
        try:
            environment = self.pool.acquire(spec, self.functions.reservations())
        except CannotStart as failure:
            return self._not_started(spec, invocation, failure)
        try:
            started = time.time()
            run = environment.run(invocation)
            for line in end_lines(spec, invocation.request_id, run):
                environment.logs.line(line)
            tail = environment.logs.tail()
            self._record(spec, invocation, environment, run, started)
        finally:
            self.pool.release(environment)
        return InvocationResult(
            invocation.request_id,
            run.body,
            None if run.outcome == "ok" else "Unhandled",
            run.error_type,
            tail,
            spec.version,
        )

    def register_image(self, uri: str, image: LocalImage | ContainerImage) -> None:
        """Take what stands for an image from now on. Raises ValueError for a container image that cannot be run."""
        if isinstance(image, ContainerImage):
            try:
                image = self.containers.prepare(image)
            except CannotRun as refused:
                raise ValueError(str(refused)) from refused
        self.images[uri] = image

    def invocations(self, query: Any) -> list[dict[str, Any]]:
        """Console: GET /lambda/invocations, optionally ?function=NAME."""
        return self.journal.list(query.get("function"))

    def environments(self) -> list[dict[str, Any]]:
        """Console: GET /lambda/environments."""
        return [
            {
                "id": each.id,
                "function": each.spec.function_name,
                "version": each.spec.version,
                "pid": each.pid,
                "state": each.state,
                "invocations": each.invocations,
                "maxRssKb": each.max_rss_kb,
                "memoryMb": each.spec.memory_mb,
                "ephemeralStorageMb": each.spec.ephemeral_storage_mb,
                "logStream": each.logs.name,
            }
            for each in self.pool.environments()
        ]

    def _make(self, spec: FunctionSpec) -> ExecutionEnvironment:
        image = self._image_of(spec)
        try:
            credentials = self.roles.assume(spec.role_arn, spec.function_name)
        except ClientError as refusal:
            message = "The role defined for the function cannot be assumed by Lambda."
            raise CannotStart("AccessDeniedException", f"{message} ({refusal})") from refusal
        logs = LogStream(spec, self.role_of(spec), self._logs_dir / f"{spec.function_name}.log")
        self._shipper.add(logs)
        return ExecutionEnvironment(
            spec,
            image,
            credentials,
            logs,
            endpoint=self._context.endpoint,
            directory=self._environments_dir,
            init_limit_seconds=self.limits.init_limit_seconds,
        )

    def _image_of(self, spec: FunctionSpec) -> LocalImage | ContainerImage:
        if spec.package_type != "Image":
            raise CannotStart(
                "LocalCloud.PackageTypeNotImplemented",
                f"{spec.function_name} has package type {spec.package_type}; only functions from images run here.",
            )
        if not spec.command:
            raise CannotStart(
                "Runtime.InvalidEntrypoint",
                f"{spec.function_name} has no ImageConfig.Command: which handler to run is not known here.",
            )
        image = self.images.get(spec.image_uri)
        if image is None:
            raise CannotStart(
                "LocalCloud.ImageNotRegistered",
                f"{spec.function_name} runs image {spec.image_uri}, which this local cloud was not told of "
                "(serve --images FILE, or POST /lambda/images on the console).",
            )
        if isinstance(image, ContainerImage):
            try:
                return self.containers.prepare(image)
            except CannotRun as refused:
                raise CannotStart("LocalCloud.ImageCannotRun", str(refused)) from refused
        if not Path(image.working_directory).is_dir():
            raise CannotStart(
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
        environment: ExecutionEnvironment,
        run: Run,
        started: float,
    ) -> None:
        self._journal(
            InvocationRecord(
                function=spec.function_name,
                requestId=invocation.request_id,
                pid=environment.pid,
                environment=environment.id,
                source=invocation.source,
                startedAt=started,
                durationMs=round(run.duration_ms, 3),
                initMs=None if run.init_ms is None else round(run.init_ms, 3),
                coldStart=run.init_ms is not None,
                maxRssKb=run.max_rss_kb,
                outcome=run.outcome,
                errorType=run.error_type,
            )
        )

    def _not_started(self, spec: FunctionSpec, invocation: Invocation, failure: CannotStart) -> InvocationResult:
        body = json.dumps({"errorType": failure.error_type, "errorMessage": str(failure)}).encode()
        self._journal(
            InvocationRecord(
                function=spec.function_name,
                requestId=invocation.request_id,
                pid=None,
                environment="",
                source=invocation.source,
                startedAt=time.time(),
                durationMs=0.0,
                initMs=None,
                coldStart=True,
                maxRssKb=0,
                outcome="init-error",
                errorType=failure.error_type,
            )
        )
        return InvocationResult(invocation.request_id, body, "Unhandled", failure.error_type, b"", spec.version)

    def _journal(self, record: InvocationRecord) -> None:
        self.journal.add(record)
        self._context.activity.record(
            "lambda",
            "invoked",
            function=record.function,
            requestId=record.requestId,
            pid=record.pid,
            source=record.source,
            outcome=record.outcome,
            errorType=record.errorType,
            durationMs=record.durationMs,
            initMs=record.initMs,
        )
