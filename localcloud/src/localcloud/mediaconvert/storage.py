"""Inputs from S3 and outputs to S3."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from localcloud.mediaconvert.exceptions import JobError, cannot_open

_PART_BYTES = 16 * 1024 * 1024
#: One connection at a time: the machine is busy encoding, and the endpoint is this process.
_TRANSFER = TransferConfig(multipart_threshold=_PART_BYTES, multipart_chunksize=_PART_BYTES, use_threads=False)
_CHUNK_BYTES = 4 * 1024 * 1024
_CONTENT_TYPES = {".mp4": "video/mp4", ".csv": "text/csv"}
_DENIED = frozenset({"403", "AccessDenied"})
_MISSING = frozenset({"404", "NoSuchKey", "NoSuchBucket"})

ShouldStop = Callable[[], bool]


class StoppedError(Exception):
    """A transfer ended because the job was asked to stop."""


def split_uri(uri: str) -> tuple[str, str]:
    """Return bucket and key of s3://bucket/key."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def download(s3: Any, uri: str, target: Path, should_stop: ShouldStop) -> None:
    """Fetch an input.

    Raises:
        JobError: 1404 the object or bucket is missing, 1401 access denied, 1999 anything else.
        StoppedError: the job was asked to stop.
    """
    bucket, key = split_uri(uri)
    try:
        s3.head_object(Bucket=bucket, Key=key)
        body = s3.get_object(Bucket=bucket, Key=key)["Body"]
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        number = 1404 if code in _MISSING else 1401 if code in _DENIED else 1999
        reason = code if number == 1999 else f"{error.operation_name} failed"
        raise JobError(number, cannot_open(uri, f"Failed to read data: {reason}")) from error
    with target.open("wb") as file:
        for chunk in body.iter_chunks(_CHUNK_BYTES):
            if should_stop():
                raise StoppedError
            file.write(chunk)


def upload(s3: Any, path: Path, uri: str) -> None:
    """Store an output; large ones in parts.

    Raises:
        JobError: 1404 the bucket is missing, 1401 access denied, 1999 anything else.
    """
    bucket, key = split_uri(uri)
    extra = {"ContentType": _CONTENT_TYPES.get(path.suffix, "application/octet-stream")}
    try:
        with path.open("rb") as file:
            s3.upload_fileobj(file, bucket, key, ExtraArgs=extra, Config=_TRANSFER)
    except (ClientError, S3UploadFailedError) as error:
        cause = error if isinstance(error, ClientError) else error.__cause__ or error.__context__
        code = str(cause.response["Error"]["Code"]) if isinstance(cause, ClientError) else str(error)
        if code in _DENIED:
            raise JobError(1401, f"Failed to write data: Access Denied: [{uri}]") from error
        if code in _MISSING:
            raise JobError(1404, f"Failed to write data: The bucket does not exist: [{uri}]") from error
        raise JobError(1999, f"Failed to write data: [{uri}]: {error}") from error
