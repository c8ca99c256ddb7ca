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
#: List operations answer at most this many [model: MaxResults].
PAGE_LIMIT = 20
DEFAULT_QUEUE = "Default"

_T = TypeVar("_T")


class MediaConvertBackend(BaseBackend):  # type: ignore[misc]
    """One account's queues, presets and jobs in one region. Every change happens under `lock`."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.clock: Callable[[], float] = time.monotonic
        self.queues: dict[str, Queue] = {}
        self.presets: dict[str, Preset] = {}
        self.jobs: dict[str, Job] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self._tokens: dict[str, tuple[float, str]] = {}
        self._add_queue(Queue(DEFAULT_QUEUE, self.arn("queues", DEFAULT_QUEUE), kind="SYSTEM"))

    def arn(self, kind: str, name: str) -> str:
        """ARN of a queue, preset or job."""
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
            queue = Queue(name, self.arn("queues", name))
            self._fill_queue(queue, request)
            self._add_queue(queue)
            self.tags[queue.arn] = dict(request.get("Tags", {}))
            return queue

    def update_queue(self, name: str, request: Mapping[str, Any]) -> Queue:
        """Change description, status or concurrency. Raises NotFoundException."""
        with self.lock:
            queue = self.queue(name)
            self._fill_queue(queue, request)
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
        """A queue by name or ARN. Raises NotFoundException."""
        for queue in self.queues.values():
            if name_or_arn in (queue.name, queue.arn):
                return queue
        raise NotFoundException(f"Queue not found: {name_or_arn}")

    def describe_queue(self, queue: Queue) -> dict[str, Any]:
        """A queue as the API shows it."""
        mine = [job.status for job in self.jobs.values() if job.queue is queue]
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
            SubmittedJobsCount=mine.count("SUBMITTED"),
            ProgressingJobsCount=mine.count("PROGRESSING"),
        )

    def _add_queue(self, queue: Queue) -> None:
        self.queues[queue.name] = queue

    def _fill_queue(self, queue: Queue, request: Mapping[str, Any]) -> None:
        queue.description = request.get("Description", queue.description)
        queue.status = request.get("Status", queue.status)
        queue.concurrent_jobs = request.get("ConcurrentJobs", queue.concurrent_jobs)

    # Presets

    def create_preset(self, request: Mapping[str, Any]) -> Preset:
        """Create a preset from a checked request. Raises ConflictException."""
        name = str(request["Name"])
        with self.lock:
            if name in self.presets:
                raise ConflictException(f"The preset [{name}] already exists in this region")
            preset = Preset(
                name,
                self.arn("presets", name),
                request["Settings"],
                request.get("Description"),
                request.get("Category"),
            )
            self.presets[name] = preset
            self.tags[preset.arn] = dict(request.get("Tags", {}))
            return preset

    def update_preset(self, name: str, request: Mapping[str, Any]) -> Preset:
        """Change a preset. Raises NotFoundException."""
        with self.lock:
            preset = self.preset(name)
            preset.settings = request.get("Settings", preset.settings)
            preset.description = request.get("Description", preset.description)
            preset.category = request.get("Category", preset.category)
            preset.updated = now()
            return preset

    def delete_preset(self, name: str) -> None:
        """Delete a preset. Raises NotFoundException."""
        with self.lock:
            preset = self.preset(name)
            del self.presets[preset.name]
            self.tags.pop(preset.arn, None)

    def preset(self, name_or_arn: str) -> Preset:
        """A preset by name or ARN. Raises NotFoundException."""
        for preset in self.presets.values():
            if name_or_arn in (preset.name, preset.arn):
                return preset
        raise NotFoundException(f"Preset not found: {name_or_arn}")

    # Jobs

    def create_job(self, request: Mapping[str, Any]) -> tuple[Job, bool]:
        """Queue a job; the second value tells whether it is new (false: the same token within a minute).

        Raises:
            BadRequestException: the request, its settings, its queue or a preset is not right.
        """
        with self.lock:
            token = str(request.get("ClientRequestToken", ""))
            known = self._tokens.get(token)
            if token and known and self.clock() - known[0] < TOKEN_LIFETIME_SECONDS:
                return self.jobs[known[1]], False
            rendered = self._with_presets(request["Settings"])
            check_job(request, rendered)
            queue = self._job_queue(request.get("Queue", DEFAULT_QUEUE))
            job_id = f"{int(time.time() * 1000)}-{_suffix()}"
            job = Job(job_id, self.arn("jobs", job_id), queue, dict(request), rendered, len(self.jobs))
            self.jobs[job_id] = job
            self.tags[job.arn] = dict(request.get("Tags", {}))
            if token:
                self._tokens[token] = (self.clock(), job_id)
            return job, True

    def job(self, job_id: str) -> Job:
        """A job by id. Raises NotFoundException."""
        found = self.jobs.get(job_id)
        if found is None:
            raise NotFoundException(f"Job not found: {job_id}")
        return found

    def list_jobs(self, queue: str | None, status: str | None, order: str) -> list[Job]:
        """Jobs by time of creation, filtered. Raises NotFoundException for an unknown queue."""
        with self.lock:
            wanted = self.queue(queue) if queue else None
            found = [
                job
                for job in self.jobs.values()
                if (wanted is None or job.queue is wanted) and (status is None or job.status == status)
            ]
        return sorted(found, key=lambda job: job.number, reverse=order == "DESCENDING")

    def _job_queue(self, name_or_arn: str) -> Queue:
        try:
            return self.queue(name_or_arn)
        except NotFoundException as missing:
            raise BadRequestException(f"/queue: {missing.message}") from missing

    def _with_presets(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Settings with each output's preset in its place; fields beside a preset stay as the job says."""
        groups = []
        for group_index, group in enumerate(settings.get("OutputGroups", [])):
            outputs = []
            for index, output in enumerate(group.get("Outputs", [])):
                name = output.get("Preset")
                if name is None or "ContainerSettings" in output:  # both: a rule of its own refuses it
                    outputs.append(output)
                    continue
                try:
                    preset = self.preset(name)
                except NotFoundException as missing:
                    at = f"/outputGroups/{group_index}/outputs/{index}/preset"
                    raise BadRequestException(f"{at}: {missing.message}") from missing
                own = {key: value for key, value in output.items() if key != "Preset"}
                if overriding := sorted(set(own) & set(preset.settings)):
                    at = f"/outputGroups/{group_index}/outputs/{index}"
                    raise BadRequestException(
                        f"{at}: the local cloud does not override fields of a preset: {', '.join(overriding)}"
                    )
                outputs.append({**preset.settings, **own})
            groups.append({**group, "Outputs": outputs})
        return {**settings, "OutputGroups": groups} if "OutputGroups" in settings else dict(settings)

    # Tags

    def tags_of(self, arn: str) -> dict[str, str]:
        """Tags of a queue, preset or job. Raises NotFoundException."""
        if arn not in self.tags and not any(arn == queue.arn for queue in self.queues.values()):
            raise NotFoundException(f"Resource not found: {arn}")
        return self.tags.setdefault(arn, {})


def page(items: list[_T], limit: int | None, token: str | None) -> tuple[list[_T], str | None]:
    """One page and the token of the next. Raises BadRequestException for a token that is none of ours."""
    if token is not None and not (token.isdigit() and 0 < int(token) < len(items) + 1):
        raise BadRequestException("/nextToken: Is not a token of this list")
    start = int(token or 0)
    end = start + min(limit or PAGE_LIMIT, PAGE_LIMIT)
    return items[start:end], str(end) if end < len(items) else None


def _suffix() -> str:
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(6))


# moto finds a service's models by the module's place in its own package.
MediaConvertBackend.__module__ = "moto.mediaconvert.models"
mediaconvert_backends = BackendDict(MediaConvertBackend, "mediaconvert")
