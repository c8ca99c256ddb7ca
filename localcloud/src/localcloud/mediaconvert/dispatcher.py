"""Start jobs: by queue and priority, at most as many at once as a queue allows."""

from __future__ import annotations

import logging
import threading

from localcloud.context import CloudContext
from localcloud.mediaconvert.entities import FINAL_STATUSES, Job, Queue, now
from localcloud.mediaconvert.events import EventSender
from localcloud.mediaconvert.exceptions import ConflictException
from localcloud.mediaconvert.faults import Faults
from localcloud.mediaconvert.job_run import JobRun
from localcloud.mediaconvert.models import MediaConvertBackend
from localcloud.roles import RoleClients

_log = logging.getLogger(__name__)

#: Jobs that a queue runs at once unless its ConcurrentJobs says otherwise: the encodes share one machine.
DEFAULT_CONCURRENT_JOBS = 1
_WATCH_SECONDS = 0.2
_STOP_SECONDS = 8.0


class Dispatcher:
    """One thread that starts jobs, and one per running job. All end with the cloud."""

    def __init__(self, context: CloudContext) -> None:
        self.faults = Faults()
        self._context = context
        self._events = EventSender(context, self.faults)
        self._roles = RoleClients(lambda: context.endpoint, context.region)
        self._changed = threading.Condition()
        self._backends: dict[int, MediaConvertBackend] = {}
        self._running: dict[str, threading.Thread] = {}
        self._thread = threading.Thread(target=self._dispatch, name="mediaconvert-dispatch", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._context.at_stop(self._stop)

    def submit(self, backend: MediaConvertBackend, job: Job) -> None:
        """Add a new job to its queue."""
        self._context.activity.record("mediaconvert", "SUBMITTED", jobId=job.job_id, queue=job.queue.name)
        with self._changed:
            self._backends[id(backend)] = backend
            self._changed.notify_all()

    def wake(self) -> None:
        """Check whether a job may start."""
        with self._changed:
            self._changed.notify_all()

    def cancel(self, backend: MediaConvertBackend, job: Job) -> None:
        """Cancel a waiting job at once, a running one as soon as its encoder has ended.

        Raises ConflictException for a job in a final status.
        """
        with backend.lock:
            if job.status in FINAL_STATUSES:
                raise ConflictException(f"The job [{job.job_id}] is {job.status} and cannot be canceled")
            job.cancelled.set()
            waiting = job.status == "SUBMITTED"
            if waiting:
                job.status, job.finished = "CANCELED", now()
        if waiting:
            self._events.send(backend, job, "CANCELED", {})

    def _dispatch(self) -> None:
        while not self._context.stopping.is_set():
            with self._changed:
                for backend in list(self._backends.values()):
                    for queue in list(backend.queues.values()):
                        while not self.faults.hold and (job := self._next(backend, queue)) is not None:
                            self._start(backend, job)
                self._changed.wait(_WATCH_SECONDS)

    def _next(self, backend: MediaConvertBackend, queue: Queue) -> Job | None:
        """Mark the waiting job of highest priority, oldest first, as started, if the queue may run one more."""
        with backend.lock:
            jobs = [job for job in backend.jobs.values() if job.queue is queue]
            busy = sum(job.status == "PROGRESSING" for job in jobs)
            waiting = [job for job in jobs if job.status == "SUBMITTED"]
            if queue.status != "ACTIVE" or not waiting or busy >= (queue.concurrent_jobs or DEFAULT_CONCURRENT_JOBS):
                return None
            chosen = min(waiting, key=lambda job: (-job.priority, job.number))
            chosen.status, chosen.started = "PROGRESSING", now()
            return chosen

    def _start(self, backend: MediaConvertBackend, job: Job) -> None:
        def work() -> None:
            try:
                JobRun(self._context, self.faults, self._events, self._roles, backend, job).run()
            finally:
                self._running.pop(job.job_id, None)
                self.wake()

        thread = threading.Thread(target=work, name=f"mediaconvert-{job.job_id}", daemon=True)
        self._running[job.job_id] = thread
        thread.start()

    def _stop(self) -> None:
        """Wait until running jobs have ended their encoders."""
        self.wake()
        for thread in [self._thread, *self._running.values()]:
            thread.join(_STOP_SECONDS)
            if thread.is_alive():
                _log.error("%s did not end in %s s", thread.name, _STOP_SECONDS)
