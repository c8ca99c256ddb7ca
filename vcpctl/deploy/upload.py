"""Images into a registry, byte for byte as they were built: their digests there are those that were tested here.

Speaks the registries' own protocol (OCI distribution specification 1.1, "Push"), so that no engine packs the layers
anew and none has to run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from vcpctl.command_exit import FAILED, CommandExit

_OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_TIMEOUT_SECONDS = (10, 300)
#: Answers that pass; only questions are asked again, since an upload that broke off begins anew.
_RETRIES = Retry(total=4, backoff_factor=1, status_forcelist=(429, 500, 502, 503, 504), allowed_methods=("HEAD", "GET"))


@dataclass(frozen=True)
class Layout:
    """An image in a directory (OCI image specification, "Image layout")."""

    folder: Path

    def manifest(self) -> tuple[str, bytes]:
        """Digest and bytes of the one manifest. Raises CommandExit when that is not what is there."""
        try:
            (entry,) = json.loads((self.folder / "index.json").read_text("utf-8"))["manifests"]
            told = self.blob(entry["digest"]).read_bytes()
        except (OSError, ValueError, KeyError) as wrong:
            raise CommandExit(f"{self.folder} holds no image ({wrong}): run  make images  again", FAILED) from wrong
        if f"sha256:{hashlib.sha256(told).hexdigest()}" != entry["digest"]:
            raise CommandExit(f"{self.folder} was changed after it was built: run  make images  again", FAILED)
        if "layers" not in json.loads(told):
            raise CommandExit(
                f"{self.folder} is an index of images, which Lambda does not take: build it for one platform and "
                "without attestations.",
                FAILED,
            )
        return entry["digest"], told

    def blob(self, digest: str) -> Path:
        """Where something lies."""
        return self.folder / "blobs" / digest.replace(":", "/")


class Repository:
    """One repository of a registry, to push to. `url`: `https://<registry>/v2/<name>`."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.auth = (user, password)
        self._session.mount("https://", HTTPAdapter(max_retries=_RETRIES))

    def push(self, layout: Layout, tag: str) -> str:
        """Put an image under a tag: layers first, the manifest last. What has arrived before is not sent again.

        Returns its digest, which is the one of the layout. Raises CommandExit when the registry refuses something.
        """
        digest, told = layout.manifest()
        manifest = json.loads(told)
        for part in [*manifest["layers"], manifest["config"]]:
            if not self._has(part["digest"]):
                self._send(layout.blob(part["digest"]), part["digest"])
        kind = manifest.get("mediaType", _OCI_MANIFEST)
        self._call("PUT", f"{self._url}/manifests/{tag}", data=told, headers={"Content-Type": kind})
        return digest

    def _has(self, digest: str) -> bool:
        # ECR answers with a redirect to where the layer lies.
        answer = self._call("HEAD", f"{self._url}/blobs/{digest}", fine=(404,), allow_redirects=False)
        return answer.status_code != HTTPStatus.NOT_FOUND

    def _send(self, blob: Path, digest: str) -> None:
        begun = self._call("POST", f"{self._url}/blobs/uploads/")
        place = urljoin(self._url, begun.headers["Location"])
        size = blob.stat().st_size
        headers = {"Content-Type": "application/octet-stream", "Content-Range": f"0-{size - 1}"}
        with blob.open("rb") as content:
            sent = self._call("PATCH", place, data=content, headers=headers)
        self._call("PUT", urljoin(place, sent.headers["Location"]), params={"digest": digest})

    def _call(self, method: str, url: str, *, fine: Sequence[int] = (), **options: Any) -> requests.Response:
        try:
            answer = self._session.request(method, url, timeout=_TIMEOUT_SECONDS, **options)
        except requests.RequestException as broken:
            raise CommandExit(
                f"The registry did not take what was sent ({broken}). Run it again: what has arrived stays.", FAILED
            ) from broken
        if not answer.ok and answer.status_code not in fine:
            words = answer.text.strip()[:300]
            raise CommandExit(
                f"The registry refused {method} {url.partition('?')[0]}: {answer.status_code} {words}", FAILED
            )
        return answer
