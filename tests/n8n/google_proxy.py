"""An HTTPS proxy (CONNECT) that routes Google's hosts to the local Google Drive, with its own certificates.

For programs with fixed addresses of Google: set `HTTPS_PROXY` to the proxy and `NODE_EXTRA_CA_CERTS` to its authority.
Other hosts are blocked and recorded: the tested program must not call them.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_HOSTS = "*.googleapis.com"
#: Headers of the connection, not of the request.
_HOP_BY_HOP = {"host", "connection", "proxy-connection", "keep-alive", "transfer-encoding", "content-length"}
_TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class GoogleProxy:
    """A running proxy. `blocked`: hosts that were requested and are not Google's."""

    url: str
    #: PEM file of the authority that issued its certificate.
    authority: Path
    blocked: set[str] = field(default_factory=set)


@contextmanager
def google_proxy(google: str, folder: Path) -> Iterator[GoogleProxy]:
    """Run the proxy during a `with`.

    Args:
        google: URL of the local Google Drive.
        folder: for keys and certificates.
    """
    context, authority = _certificates(folder)
    blocked: set[str] = set()

    class Tunnel(_Tunnel):
        pass

    Tunnel.google, Tunnel.tls, Tunnel.blocked = google, context, blocked
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tunnel)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="google-proxy", daemon=True)
    thread.start()
    try:
        yield GoogleProxy(f"http://127.0.0.1:{server.server_port}", authority, blocked)
    finally:
        server.shutdown()
        server.server_close()


class _Tunnel(BaseHTTPRequestHandler):
    """One connection: CONNECT in clear text, then requests inside TLS."""

    protocol_version = "HTTP/1.1"
    google: str
    tls: ssl.SSLContext
    blocked: set[str]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Print nothing: the local Google Drive keeps a journal."""

    def do_CONNECT(self) -> None:
        host, _, port = self.path.rpartition(":")
        if not host.endswith(".googleapis.com") or port != "443":
            self.blocked.add(host)
            self.send_error(403, f"{host} is blocked")
            return
        self.send_response(200, "Connection established")
        self.end_headers()
        try:
            self.connection = self.tls.wrap_socket(self.connection, server_side=True)
        except (ssl.SSLError, OSError):  # the client does not trust the certificate, or is gone
            self.close_connection = True
            return
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def _forward(self) -> None:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = requests.request(
            self.command,
            self.google + self.path,
            headers={**headers, "Accept-Encoding": "identity"},
            data=body,
            timeout=_TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        self.send_response(answer.status_code)
        for name, value in answer.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def do_GET(self) -> None:
        self._forward()

    def do_POST(self) -> None:
        self._forward()


def _certificates(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return a TLS context for Google's hosts, and the file of the authority that issued its certificate."""
    authority_key, authority = _certificate("The local cloud's authority", None)
    key, certificate = _certificate(_HOSTS, (authority_key, authority))
    folder.mkdir(parents=True, exist_ok=True)
    trusted, served = folder / "authority.pem", folder / "google.pem"
    trusted.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    served.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(served)
    return context, trusted


_Pair = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


def _certificate(name: str, issuer: _Pair | None) -> _Pair:
    """Return a key and a certificate valid for a day, signed by the issuer or self-signed as an authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer, issued_by = (key, subject) if issuer is None else (issuer[0], issuer[1].subject)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issued_by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return key, builder.sign(signer, hashes.SHA256())
