"""One running local cloud: every part in one process, each API on a loopback port of its own."""

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

#: Installed in this order, on the context alone.
PARTS = ("mediaconvert", "lambdahost", "eventbus", "inbox.install")
#: Installed after them; each `install(context)` answers the WSGI application of an API on a port of its own.
STAND_INS = {"google": "google_drive.install", "airtable": "airtable.install"}


@dataclass(frozen=True)
class ServeOptions:
    """What `serve` was asked for. `aws_port` 0 takes any free port."""

    state_dir: Path
    region: str = "us-east-1"
    aws_port: int = 0
    images: Mapping[str, LocalImage | ContainerImage] = field(default_factory=dict)
    ready_file: Path | None = None
    auto_confirm: bool = True
    until_stdin_closes: bool = False


def read_images(path: Path) -> dict[str, LocalImage | ContainerImage]:
    """Images from a file: `{uri: {"python", "workingDirectory", "environment"?}}`, or for a container image
    `{uri: {"engine", "image"}}`. Raises CannotStart."""
    try:
        return {uri: image_of(image) for uri, image in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise CannotStart(f"the image map {path} cannot be read: {type(wrong).__name__} {wrong}") from wrong


def _take(lock: IO[str]) -> bool:
    """Whether the lock could be had; whoever only looks whether it is held (`cloud_in`) holds it for a moment."""
    for _ in range(_TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(_TRY_AGAIN_SECONDS)
    return False


@contextmanager
def _exclusive(state_dir: Path) -> Iterator[None]:
    """One cloud a state directory. The lock tells from the first moment which process holds it."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        lock = (state_dir / "lock").open("a+", encoding="ascii")  # "w" would wipe what its holder wrote
    except OSError as refused:
        raise CannotStart(f"the state directory {state_dir} cannot be used: {refused.strerror}") from refused
    with lock:
        if not _take(lock):
            raise CannotStart(f"another local cloud runs in the state directory {state_dir}")
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _part(name: str) -> Any:
    return importlib.import_module(f"localcloud.{name}")


def _prepare_moto(state_dir: Path) -> None:
    """Settings that moto reads when it is imported, and where it spools the contents of objects to."""
    spool = state_dir / "spool"
    spool.mkdir(exist_ok=True)
    tempfile.tempdir = str(spool)
    os.environ["MOTO_LAMBDA_STUB_ECR"] = "true"  # images are references; the Lambda host knows what stands for them
    logging.getLogger("werkzeug").setLevel(logging.ERROR)


class LocalCloud:
    """A local cloud in this process: `start`, then `stop`. To have one elsewhere: `localcloud.process`."""

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
        from localcloud import hooks

        hooks.install()
        from localcloud.aws_app import aws_app
        from localcloud.aws_handler import AwsHandler
        from localcloud.hooks import patching
        from localcloud.request_check import RequestCheck, RequestJournal

        journal = RequestJournal()
        self.context.console.add("GET", "/requests", lambda _: journal.as_json())
        self.context.console.add("GET", "/hooks", lambda _: patching.applied())
        self._serve("aws", HttpServer("aws", listening, aws_app(RequestCheck(journal)), AwsHandler))
        for name in PARTS:
            _part(name).install(self.context)
        for api, name in STAND_INS.items():
            self._serve(api, HttpServer(api, bind(0, name), _part(name).install(self.context)))
        self._serve("console", HttpServer("console", bind(0, "the console"), console_app(self.context)))

    def _serve(self, api: str, server: HttpServer) -> None:
        server.start()
        self._servers.append(server)
        self.urls[api] = server.url

    def announce(self) -> None:
        """Write the ready file, whole or not at all."""
        ready_file = self.options.ready_file
        if ready_file is None:
            return
        partial = ready_file.with_name(ready_file.name + ".partial")
        partial.write_text(json.dumps({"pid": os.getpid(), **self.urls}), "utf-8")
        partial.replace(ready_file)

    def stop(self) -> None:
        """Tell every part, wait for what they must end, leave no child process behind."""
        self.context.stopping.set()
        for callback in self.context.stop_callbacks():
            try:
                callback()
            except Exception:  # noqa: BLE001 - the outermost edge: the other parts must still be stopped
                _log.exception("a part failed to stop")
        for server in self._servers:
            server.stop()
        children.end_all()


def _watch_stdin(stopping: threading.Event) -> None:
    """Set `stopping` when whoever started us is gone: the pipe on our standard input closes.

    Anything that is written into it before says that we shall stay: nobody is listened to any more.
    """

    def watch() -> None:
        if not os.read(_STDIN, 1):  # not sys.stdin: a buffer held by a thread aborts the interpreter's end
            stopping.set()

    threading.Thread(target=watch, name="stdin-watch", daemon=True).start()


def wait_for_stop(stopping: threading.Event) -> None:
    """Wait in the main thread for as long as nobody asks us to stop.

    It wakes now and then: a signal may be taken by another thread (seen often while threads start processes), and
    Python runs its handler in the main thread only, when that is awake.
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
        faulthandler.register(signal.SIGUSR1)  # whoever finds us stuck can ask where our threads stand
        cloud.start()
        if options.until_stdin_closes:
            _watch_stdin(cloud.context.stopping)
        cloud.announce()
        _log.info("ready: %s", json.dumps(cloud.urls))
        wait_for_stop(cloud.context.stopping)
        _log.info("stopping")
