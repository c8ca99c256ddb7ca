"""HTTP servers of the local cloud: one thread a request, on the loopback address only."""

from __future__ import annotations

import socket
import threading
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

LOOPBACK = "127.0.0.1"
_BACKLOG = 128


class CannotStart(Exception):  # noqa: N818 - names the outcome
    """The local cloud cannot start; the message is one sentence."""


class QuietHandler(WSGIRequestHandler):
    """Answers without a log line per request and without Nagle delay between headers and body."""

    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
        return


def bind(port: int, what: str) -> socket.socket:
    """A socket listening on the loopback address; port 0 is any free one. Raises CannotStart."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
    except OSError as error:
        listening.close()
        raise CannotStart(f"port {port} for {what} cannot be used: {error.strerror}") from error
    listening.listen(_BACKLOG)
    return listening


def url_of(listening: socket.socket) -> str:
    return f"http://{LOOPBACK}:{listening.getsockname()[1]}"


class HttpServer:
    """A WSGI application served from threads. Connections wait in the backlog until `start`."""

    def __init__(
        self, name: str, listening: socket.socket, app: Any, handler: type[WSGIRequestHandler] = QuietHandler
    ) -> None:
        self.url = url_of(listening)
        port = int(listening.getsockname()[1])
        self._server: BaseWSGIServer = make_server(
            LOOPBACK, port, app, threaded=True, request_handler=handler, fd=listening.fileno()
        )
        listening.close()  # the server holds a duplicate
        self._thread = threading.Thread(target=self._server.serve_forever, name=f"http-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Accept no further request. Pending requests end with the process."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()
