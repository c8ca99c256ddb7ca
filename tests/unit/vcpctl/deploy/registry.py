"""A container registry as its protocol has it (OCI distribution specification), with ECR's view of what is in it."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.exceptions import ClientError

REGION = "us-east-1"


class FakeRegistry:
    """Takes blobs and manifests; a manifest shows up in ECR. Refuses what a real one refuses."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.uploads: dict[str, bytes] = {}
        #: Digests of blobs as they were sent, each time.
        self.sent: list[str] = []
        self.refuse: tuple[int, str] | None = None
        self.url = ""

    @contextmanager
    def running(self) -> Iterator[FakeRegistry]:
        registry = self

        class Handler(_Handler):
            held = registry

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    held: FakeRegistry
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def _answer(self, code: int, location: str = "", text: str = "") -> None:
        self.send_response(code)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _is_known(self) -> bool:
        user, _, password = base64.b64decode(self.headers["Authorization"].split()[1]).decode().partition(":")
        return user == "AWS" and bool(password)

    def do_HEAD(self) -> None:
        self._answer(200 if self.path.rpartition("/")[2] in self.held.blobs else 404)

    def do_POST(self) -> None:
        if self.held.refuse or not self._is_known():
            return self._answer(*(self.held.refuse or (401, ""))[:1], text=(self.held.refuse or (401, "who?"))[1])
        upload = f"{self.path}{len(self.held.uploads)}"
        self.held.uploads[upload] = b""
        return self._answer(202, upload)

    def do_PATCH(self) -> None:
        self.held.uploads[self.path] += self._body()
        self._answer(202, self.path)

    def do_PUT(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        body = self._body()
        if "/manifests/" in path:
            return self._manifest(path, body)
        content, digest = self.held.uploads.pop(path), query["digest"][0]
        if f"sha256:{hashlib.sha256(content).hexdigest()}" != digest:
            return self._answer(400, text="DIGEST_INVALID")
        self.held.blobs[digest] = content
        self.held.sent.append(digest)
        return self._answer(201)

    def _manifest(self, path: str, body: bytes) -> None:
        repository, _, tag = path.removeprefix("/v2/").partition("/manifests/")
        told = json.loads(body)
        missing = [p["digest"] for p in [*told["layers"], told["config"]] if p["digest"] not in self.held.blobs]
        if missing or self.headers["Content-Type"] != told["mediaType"]:
            return self._answer(404, text=f"BLOB_UNKNOWN {missing}")
        try:
            store(repository, body, tag)
        except ClientError as refused:
            return self._answer(400, text=str(refused))
        return self._answer(201)


def store(repository: str, manifest: bytes, tag: str) -> str:
    """Put a manifest into ECR as a push does; its digest."""
    digest = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
    boto3.client("ecr", REGION).put_image(
        repositoryName=repository,
        imageManifest=manifest.decode(),
        imageManifestMediaType=json.loads(manifest)["mediaType"],
        imageTag=tag,
        imageDigest=digest,
    )
    return digest


def lay_image(folder: Path, what: str) -> str:
    """Write an image in OCI layout; its digest."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True, exist_ok=True)

    def blob(content: bytes, kind: str) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(content)}

    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob(json.dumps({"what": what}).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": [
            blob(b"the distribution" * 100, "application/vnd.oci.image.layer.v1.tar+gzip"),
            blob(what.encode() * 100, "application/vnd.oci.image.layer.v1.tar+gzip"),
        ],
    }
    entry = blob(json.dumps(manifest).encode(), str(manifest["mediaType"]))
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}), "utf-8")
    return str(entry["digest"])
