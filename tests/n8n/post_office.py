"""An SMTP server that keeps the mails it receives: the mail server of n8n."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass(frozen=True)
class PostOffice:
    """An SMTP server on the loopback address."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """Receive mails during a `with`."""
    mails: list[EmailMessage] = []

    class Session(socketserver.StreamRequestHandler):
        """The part of RFC 5321 that a client without encryption and login needs."""

        def handle(self) -> None:
            self._say("220 post office")
            while line := self.rfile.readline():
                word = line.strip().upper()[:4]
                if word == b"DATA":
                    self._say("354 go ahead")
                    mails.append(self._mail())
                    self._say("250 accepted")
                elif word == b"QUIT":
                    self._say("221 goodbye")
                    return
                else:
                    self._say("250 ok")

        def _mail(self) -> EmailMessage:
            lines = []
            while (line := self.rfile.readline()).strip(b"\r\n") != b"." and line:
                lines.append(line[1:] if line.startswith(b"..") else line)
            return message_from_bytes(b"".join(lines), policy=policy.default)

        def _say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, name="post-office", daemon=True).start()
        try:
            yield PostOffice(server.server_address[1], mails)
        finally:
            server.shutdown()
