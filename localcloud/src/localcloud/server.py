"""One running local cloud: all parts in one process, each API on its own loopback port."""

from __future__ import annotations

import faulthandler
import fcntl
import importlib
import json
import logging
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from localcloud import children
from localcloud.console import console_app
from localcloud.context import ActivityLog, CloudContext, ConsoleRoutes, ContainerImage, LocalImage, image_of
from localcloud.listening import CannotStart, HttpServer, bind, url_of

_log = logging.getLogger(__name__)
_STDIN = 0
_TRIES, _TRY_AGAIN_SECONDS = 10, 0.02
_WAKE_EVERY_SECONDS = 0.5

#: Installed in this order.
PARTS = ("mediaconvert.install", "lambdahost.install", "eventbus.install", "inbox.install")
#: Installed after them; each `install(context)` returns the WSGI application of an API with its own port.
APIS = {"google": "google_drive.install", "airtable": "airtable.install"}


@dataclass(frozen=True)
class ServeOptions:
    """Options of `serve`. With `aws_port` 0 any free port is used."""

    state_dir: Path
    region: str = "us-east-1"
    aws_port: int = 0
    images: Mapping[str, LocalImage | ContainerImage] = field(default_factory=dict)
    ready_file: Path | None = None
    auto_confirm: bool = True
    until_stdin_closes: bool = False


def read_images(path: Path) -> dict[str, LocalImage | ContainerImage]:
    """Read images from a file: `{uri: {"python", "workingDirectory", "environment"?}}`, or for a container
    image `{uri: {"engine", "image"}}`. Raises CannotStart."""
    try:
        return {uri: image_of(image) for uri, image in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotStart(f"the image map {path} cannot be read: {type(error).__name__} {error}") from error


def _acquire(lock: IO[str]) -> bool:
    """Try to acquire the lock for a moment, since `cloud_in` holds it briefly when it checks it."""
    for _ in range(_TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(_TRY_AGAIN_SECONDS)
    return False


@contextmanager
def _exclusive(state_dir: Path) -> Iterator[None]:
    """Allow one cloud per state directory. The lock file contains the process id of its holder."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        lock = (state_dir / "lock").open("a+", encoding="ascii")  # "w" would erase the id of its holder
    except OSError as error:
        raise CannotStart(f"the state directory {state_dir} cannot be used: {error.strerror}") from error
    with lock:
        if not _acquire(lock):
            raise CannotStart(f"another local cloud runs in the state directory {state_dir}")
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _part(name: str) -> Any:
    return importlib.import_module(f"localcloud.{name}")


def _prepare_moto(state_dir: Path) -> None:
    """Set what moto reads when it is imported, and where it spools the contents of objects."""
    spool = state_dir / "spool"
    spool.mkdir(exist_ok=True)
    tempfile.tempdir = str(spool)
    os.environ["MOTO_LAMBDA_STUB_ECR"] = "true"  # image URIs are resolved by the Lambda host
    logging.getLogger("werkzeug").setLevel(logging.ERROR)


class LocalCloud:
    """A local cloud in this process. `localcloud.process` runs one in another process."""

    def __init__(self, options: ServeOptions) -> None:
        self.options = options
        self._servers: list[HttpServer] = []
        state = options.state_dir
        self.context = CloudContext(
            state_dir=state,
            region=options.region,
            account_id="123456789012",
            images=dict(options.images),
            activity=ActivityLog(state / "activity.jsonl"),
            console=ConsoleRoutes(),
            stopping=threading.Event(),
            auto_confirm=options.auto_confirm,
        )
        self.urls = self.context.urls

    def start(self) -> None:
        """Install every part and listen. Raises CannotStart."""
        _prepare_moto(self.options.state_dir)
        listening = bind(self.options.aws_port, "the AWS endpoint")
        self.context.endpoint = url_of(listening)
        from localcloud.aws_app import aws_app
        from localcloud.aws_handler import AwsHandler
        from localcloud.hooks import patching
        from localcloud.hooks.install import install_hooks
        from localcloud.request_check import RequestCheck, RequestJournal

        install_hooks()
        journal = RequestJournal()
        self.context.console.add("GET", "/requests", lambda _: journal.as_json())
        self.context.console.add("GET", "/hooks", lambda _: patching.applied())
        self._serve("aws", HttpServer("aws", listening, aws_app(RequestCheck(journal)), AwsHandler))
        for name in PARTS:
            _part(name).install(self.context)
        for api, name in APIS.items():
            self._serve(api, HttpServer(api, bind(0, name), _part(name).install(self.context)))
        self._serve("console", HttpServer("console", bind(0, "the console"), console_app(self.context)))

    def _serve(self, api: str, server: HttpServer) -> None:
        server.start()
        self._servers.append(server)
        self.urls[api] = server.url

    def write_ready_file(self) -> None:
        """Write the ready file atomically."""
        ready_file = self.options.ready_file
        if ready_file is None:
            return
        partial = ready_file.with_name(ready_file.name + ".partial")
        partial.write_text(json.dumps({"pid": os.getpid(), **self.urls}), "utf-8")
        partial.replace(ready_file)

    def stop(self) -> None:
        """Stop every part and all child processes."""
        self.context.stopping.set()
        for callback in self.context.stop_callbacks():
            try:
                callback()
            except Exception:  # noqa: BLE001 - the other parts must still be stopped
                _log.exception("a part failed to stop")
        for server in self._servers:
            server.stop()
        children.end_all()


def _watch_stdin(stopping: threading.Event) -> None:
    """Set `stopping` when the pipe on standard input closes, because the starting process has ended.

    A byte written to it before detaches the cloud: it stays when the pipe closes.
    """

    def watch() -> None:
        if not os.read(_STDIN, 1):  # not sys.stdin: a buffer locked by a thread aborts the interpreter's shutdown
            stopping.set()

    threading.Thread(target=watch, name="stdin-watch", daemon=True).start()


def wait_for_stop(stopping: threading.Event) -> None:
    """Wait in the main thread until `stopping` is set.

    Wake regularly: a signal may be delivered to another thread (often seen while threads start processes), and Python
    runs its handler in the main thread only, when that is awake.
    """
    while not stopping.wait(_WAKE_EVERY_SECONDS):
        pass


def serve(options: ServeOptions) -> None:
    """Run a local cloud until SIGINT, SIGTERM, SIGHUP or `POST /stop`. Raises CannotStart."""
    with ExitStack() as stack:
        stack.enter_context(_exclusive(options.state_dir))
        cloud = LocalCloud(options)
        stack.callback(cloud.stop)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: cloud.context.stopping.set())
        faulthandler.register(signal.SIGUSR1)  # writes the stack of every thread
        cloud.start()
        if options.until_stdin_closes:
            _watch_stdin(cloud.context.stopping)
        cloud.write_ready_file()
        _log.info("ready: %s", json.dumps(cloud.urls))
        wait_for_stop(cloud.context.stopping)
        _log.info("stopping")
