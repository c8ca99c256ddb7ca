"""Small images in OCI layout, and ECR's record of a push."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import boto3

REGION = "us-east-1"
_LAYER = "application/vnd.oci.image.layer.v1.tar"


def write_layout(folder: Path, content: str) -> str:
    """Write an image of a shared layer and an own one, uncompressed as docker saves it; return the digest."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True, exist_ok=True)

    def blob(data: bytes, media_type: str) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob(json.dumps({"content": content}).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": [blob(b"shared" * 100, f"{_LAYER}+gzip"), blob(content.encode() * 100, _LAYER)],
    }
    entry = blob(json.dumps(manifest).encode(), str(manifest["mediaType"]))
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}), "utf-8")
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', "utf-8")
    return str(entry["digest"])


def put_into_ecr(folder: Path, repository: str, tag: str) -> None:
    """Record an image in moto's ECR as a push does."""
    (entry,) = json.loads((folder / "index.json").read_text("utf-8"))["manifests"]
    boto3.client("ecr", REGION).put_image(
        repositoryName=repository,
        imageManifest=(folder / "blobs" / entry["digest"].replace(":", "/")).read_text("utf-8"),
        imageManifestMediaType=entry["mediaType"],
        imageTag=tag,
        imageDigest=entry["digest"],
    )
