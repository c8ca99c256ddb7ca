"""State of the service: queues, presets, jobs. moto keeps one backend per account and region."""

from __future__ import annotations

import secrets
import string
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from moto.core.base_backend import BackendDict, BaseBackend

from localcloud.mediaconvert.entities import FINAL_STATUSES, Job, Preset, Queue, now, present
from localcloud.mediaconvert.exceptions import BadRequestException, ConflictException, NotFoundException
from localcloud.mediaconvert.validation import check_job

#: ClientRequestToken deduplicates for this long [model: CreateJobRequest.ClientRequestToken].
TOKEN_LIFETIME_SECONDS = 60.0
#: Largest page of a list operation [model: MaxResults].
PAGE_LIMIT = 20
DEFAULT_QUEUE = "Default"

_T = TypeVar("_T")


class MediaConvertBackend(BaseBackend):  # type: ignore[misc]
    """Queues, presets and jobs of one account and region. Every change happens under `lock`."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.clock: Callable[[], float] = time.monotonic
        default = Queue(DEFAULT_QUEUE, self._arn("queues", DEFAULT_QUEUE), kind="SYSTEM")
        self.queues = {DEFAULT_QUEUE: default}
        self.presets: dict[str, Preset] = {}
        self.jobs: dict[str, Job] = {}
        self.tags: dict[str, dict[str, str]] = {default.arn: {}}
        self._tokens: dict[str, tuple[float, str]] = {}

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:{self.partition}:mediaconvert:{self.region_name}:{self.account_id}:{kind}/{name}"

    # Queues

    def create_queue(self, request: Mapping[str, Any]) -> Queue:
        """Create an on-demand queue. Raises BadRequestException, ConflictException."""
        if request.get("PricingPlan", "ON_DEMAND") != "ON_DEMAND" or "ReservationPlanSettings" in request:
            raise BadRequestException("/pricingPlan: the local cloud does not implement RESERVED")
        name = str(request["Name"])
        with self.lock:
            if name in self.queues:
                raise ConflictException(f"The queue [{name}] already exists in this region")
            queue = self.queues[name] = Queue(name, self._arn("queues", name))
            self.tags[queue.arn] = dict(request.get("Tags", {}))
            return self.update_queue(name, request)

    def update_queue(self, name: str, request: Mapping[str, Any]) -> Queue:
        """Change description, status or concurrency. Raises BadRequestException, NotFoundException."""
        if "ReservationPlanSettings" in request:
            raise BadRequestException("/reservationPlanSettings: the local cloud does not implement RESERVED")
        with self.lock:
            queue = self.queue(name)
            queue.description = request.get("Description", queue.description)
            queue.status = request.get("Status", queue.status)
            queue.concurrent_jobs = request.get("ConcurrentJobs", queue.concurrent_jobs)
            queue.updated = now()
            return queue

    def delete_queue(self, name: str) -> None:
        """Delete a queue that is neither the default nor in use. Raises ConflictException, NotFoundException."""
        with self.lock:
            queue = self.queue(name)
            if queue.kind == "SYSTEM":
                raise BadRequestException(f"The queue [{name}] is the default queue and cannot be deleted")
            if any(job.queue is queue and job.status not in FINAL_STATUSES for job in self.jobs.values()):
                raise ConflictException(f"The queue [{name}] has unfinished jobs")
            del self.queues[queue.name]
            self.tags.pop(queue.arn, None)

    def queue(self, name_or_arn: str) -> Queue:
        """Return a queue by name or ARN. Raises NotFoundException."""
        for queue in self.queues.values():
            if name_or_arn in (queue.name, queue.arn):
                return queue
        raise NotFoundException(f"Queue not found: {name_or_arn}")

    def describe_queue(self, queue: Queue) -> dict[str, Any]:
        """Return a queue as the API shows it."""
        statuses = [job.status for job in self.jobs.values() if job.queue is queue]
        return present(
            Name=queue.name,
            Arn=queue.arn,
            Status=queue.status,
            Type=queue.kind,
            PricingPlan="ON_DEMAND",
            Description=queue.description,
            ConcurrentJobs=queue.concurrent_jobs,
            CreatedAt=queue.created,
            LastUpdated=queue.updated,
            SubmittedJobsCount=statuses.count("SUBMITTED"),
            ProgressingJobsCount=statuses.count("PROGRESSING"),
        )

    # Presets

    def create_preset(self, request: Mapping[str, Any]) -> Preset:
        """Create a preset from a checked request. Raises BadRequestException, ConflictException."""
        name = str(request["Name"])
        if request.get("Tags"):
            raise BadRequestException("/tags: the local cloud does not implement tags of presets")
        with self.lock:
            if name in self.presets:
                raise ConflictException(f"The preset [{name}] already exists in this region")
            preset = self.presets[name] = Preset(
                name,
                self._arn("presets", name),
                request["Settings"],
                request.get("Description"),
                request.get("Category"),
            )
            return preset

    def preset(self, name: str) -> Preset:
        """Return a preset. Raises NotFoundException."""
        if name not in self.presets:
            raise NotFoundException(f"Preset not found: {name}")
        return self.presets[name]

    # Jobs

    def create_job(self, request: Mapping[str, Any]) -> tuple[Job, bool]:
        """Queue a job; return it with True if it is new, False if its token was used within a minute.

        Raises:
            BadRequestException: the request, its settings, its queue or a preset is not valid.
        """
        with self.lock:
            token = str(request.get("ClientRequestToken", ""))
            known = self._tokens.get(token)
            if token and known and self.clock() - known[0] < TOKEN_LIFETIME_SECONDS:
                return self.jobs[known[1]], False
            rendered = self._with_presets(request["Settings"])
            check_job(request, rendered)
            try:
                queue = self.queue(request.get("Queue", DEFAULT_QUEUE))
            except NotFoundException as missing:
                raise BadRequestException(f"/queue: {missing.message}") from missing
            suffix = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(6))
            job_id = f"{int(time.time() * 1000)}-{suffix}"
            job = Job(job_id, self._arn("jobs", job_id), queue, dict(request), rendered, len(self.jobs))
            self.jobs[job_id] = job
            if token:
                self._tokens[token] = (self.clock(), job_id)
            return job, True

    def job(self, job_id: str) -> Job:
        """Return a job by id. Raises NotFoundException."""
        if job_id not in self.jobs:
            raise NotFoundException(f"Job not found: {job_id}")
        return self.jobs[job_id]

    def list_jobs(self, queue: str | None, status: str | None, order: str) -> list[Job]:
        """Return jobs by time of creation, filtered. Raises NotFoundException for an unknown queue."""
        with self.lock:
            wanted = self.queue(queue) if queue else None
            found = [
                job
                for job in self.jobs.values()
                if (wanted is None or job.queue is wanted) and (status is None or job.status == status)
            ]
        return sorted(found, key=lambda job: job.number, reverse=order == "DESCENDING")

    def _with_presets(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return settings with the presets of outputs merged in; a preset's fields cannot be overridden."""
        if "OutputGroups" not in settings:
            return dict(settings)
        groups = []
        for group_index, group in enumerate(settings["OutputGroups"]):
            at = f"/outputGroups/{group_index}/outputs"
            outputs = [
                self._with_preset(output, f"{at}/{index}") for index, output in enumerate(group.get("Outputs", []))
            ]
            groups.append({**group, "Outputs": outputs})
        return {**settings, "OutputGroups": groups}

    def _with_preset(self, output: Mapping[str, Any], at: str) -> dict[str, Any]:
        if "Preset" not in output or "ContainerSettings" in output:  # both: rejected by a rule of its own
            return dict(output)
        try:
            preset = self.preset(output["Preset"])
        except NotFoundException as missing:
            raise BadRequestException(f"{at}/preset: {missing.message}") from missing
        own = {key: value for key, value in output.items() if key != "Preset"}
        if overridden := sorted(own.keys() & preset.settings.keys()):
            raise BadRequestException(
                f"{at}: the local cloud does not override fields of a preset: {', '.join(overridden)}"
            )
        return {**preset.settings, **own}

    # Tags

    def tags_of(self, arn: str) -> dict[str, str]:
        """Return the tags of a queue; they can be changed in place. Raises NotFoundException."""
        if arn not in self.tags:
            raise NotFoundException(f"Resource not found: {arn}")
        return self.tags[arn]


def page(items: list[_T], limit: int | None, token: str | None) -> tuple[list[_T], str | None]:
    """Return one page and the token of the next. Raises BadRequestException for an unknown token."""
    if token is not None and not (token.isdigit() and 0 < int(token) <= len(items)):
        raise BadRequestException("/nextToken: Is not a token of this list")
    start = int(token or 0)
    end = start + min(limit or PAGE_LIMIT, PAGE_LIMIT)
    return items[start:end], str(end) if end < len(items) else None


mediaconvert_backends = BackendDict(MediaConvertBackend, "mediaconvert")
