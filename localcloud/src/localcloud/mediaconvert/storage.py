"""Inputs from S3 and outputs to S3."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from localcloud.mediaconvert.exceptions import BadRequestException, JobFailed, cannot_open

_PART_BYTES = 16 * 1024 * 1024
#: One connection at a time: the machine is busy encoding, and the endpoint is this very process.
_TRANSFER = TransferConfig(multipart_threshold=_PART_BYTES, multipart_chunksize=_PART_BYTES, use_threads=False)
_CHUNK_BYTES = 4 * 1024 * 1024
_CONTENT_TYPES = {".mp4": "video/mp4", ".csv": "text/csv"}
_ENCRYPTION = {"SERVER_SIDE_ENCRYPTION_S3": "AES256", "SERVER_SIDE_ENCRYPTION_KMS": "aws:kms"}
_DENIED = frozenset({"403", "AccessDenied"})
_MISSING = frozenset({"404", "NoSuchKey", "NoSuchBucket"})

ShouldStop = Callable[[], bool]


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked for it
    """A transfer ended because the job is to stop."""


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of s3://bucket/key."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def download(s3: Any, uri: str, target: Path, should_stop: ShouldStop) -> None:
    """Fetch an input.

    Raises:
        JobFailed: 1404 the object or bucket is missing, 1401 access denied, 1076 it cannot be read to its end.
        Stopped: asked to stop.
    """
    bucket, key = split_uri(uri)
    try:
        s3.head_object(Bucket=bucket, Key=key)
        body = s3.get_object(Bucket=bucket, Key=key)["Body"]
    except ClientError as refused:
        raise _input_failure(uri, refused) from refused
    with target.open("wb") as file:
        for chunk in body.iter_chunks(_CHUNK_BYTES):
            if should_stop():
                raise Stopped
            file.write(chunk)


def upload(s3: Any, path: Path, uri: str, settings: Mapping[str, Any]) -> None:
    """Store an output; large ones in parts.

    Args:
        settings: DestinationSettings of the output group.

    Raises:
        JobFailed: 1401 access denied, 1404 the bucket is missing.
    """
    bucket, key = split_uri(uri)
    extra = {"ContentType": _CONTENT_TYPES.get(path.suffix, "application/octet-stream"), **upload_options(settings)}
    try:
        with path.open("rb") as file:
            _upload(s3, file, bucket, key, extra)
    except ClientError as refused:
        raise _output_failure(uri, str(refused.response["Error"]["Code"]), refused) from refused
    except S3UploadFailedError as refused:
        cause = refused.__cause__ or refused.__context__
        code = str(cause.response["Error"]["Code"]) if isinstance(cause, ClientError) else str(refused)
        raise _output_failure(uri, code, refused) from refused


def _upload(s3: Any, file: BinaryIO, bucket: str, key: str, extra: Mapping[str, str]) -> None:
    s3.upload_fileobj(file, bucket, key, ExtraArgs=dict(extra), Config=_TRANSFER)


def upload_options(settings: Mapping[str, Any]) -> dict[str, str]:
    """S3's arguments for DestinationSettings.

    Raises:
        BadRequestException: a destination setting that the stand-in does not act upon.
    """
    if unknown := set(settings) - {"S3Settings"}:
        raise BadRequestException(f"/destinationSettings: the local cloud does not implement {unknown}")
    given = dict(settings.get("S3Settings", {}))
    options: dict[str, str] = {}
    if storage_class := given.pop("StorageClass", None):
        options["StorageClass"] = storage_class
    if access := given.pop("AccessControl", None):
        options["ACL"] = access["CannedAcl"].lower().replace("_", "-")
    encryption = dict(given.pop("Encryption", {}))
    if kind := encryption.pop("EncryptionType", None):
        options["ServerSideEncryption"] = _ENCRYPTION[kind]
    if key := encryption.pop("KmsKeyArn", None):
        options["SSEKMSKeyId"] = key
    if leftover := [*given, *encryption]:
        raise BadRequestException(f"/destinationSettings/s3Settings: the local cloud does not implement {leftover}")
    return options


def _input_failure(uri: str, refused: ClientError) -> JobFailed:
    code = str(refused.response["Error"]["Code"])
    if code in _MISSING:
        return JobFailed(1404, cannot_open(uri, f"Failed to read data: {refused.operation_name} failed"))
    if code in _DENIED:
        return JobFailed(1401, cannot_open(uri, f"Failed to read data: {refused.operation_name} failed"))
    return JobFailed(1999, cannot_open(uri, f"Failed to read data: {code}"))


def _output_failure(uri: str, code: str, refused: Exception) -> JobFailed:
    if code in _DENIED:
        return JobFailed(1401, f"Failed to write data: Access Denied: [{uri}]")
    if code in _MISSING:
        return JobFailed(1404, f"Failed to write data: The bucket does not exist: [{uri}]")
    return JobFailed(1999, f"Failed to write data: [{uri}]: {refused}")
