"""S3 multipart uploads: parts in any order, checkpoints with checksums, errors as in S3."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from awscrt import checksums
from botocore.exceptions import ClientError

PART_BYTES = 5 << 20
FIRST = hashlib.shake_128(b"first").digest(PART_BYTES)
LAST = hashlib.shake_128(b"last").digest(1000)


def crc64(content: bytes) -> str:
    return base64.b64encode(checksums.crc64nvme(content).to_bytes(8, "big")).decode()


def begin(s3: Any, bucket: str, **options: Any) -> str:
    return str(s3.create_multipart_upload(Bucket=bucket, Key="film.mp4", **options)["UploadId"])


def put(s3: Any, bucket: str, upload: str, number: int, body: bytes, **options: Any) -> dict[str, Any]:
    where = {"Bucket": bucket, "Key": "film.mp4", "UploadId": upload}
    answer = s3.upload_part(**where, PartNumber=number, Body=body, **options)
    return {"PartNumber": number, "ETag": answer["ETag"]}


def complete(s3: Any, bucket: str, upload: str, parts: list[dict[str, Any]], **options: Any) -> Any:
    return s3.complete_multipart_upload(
        Bucket=bucket, Key="film.mp4", UploadId=upload, MultipartUpload={"Parts": parts}, **options
    )


def test_parts_become_one_object_with_the_checksum_of_the_whole(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket, ChecksumAlgorithm="CRC64NVME", ChecksumType="FULL_OBJECT")
    second = put(s3, bucket, upload, 7, LAST, ChecksumAlgorithm="CRC64NVME")
    first = put(s3, bucket, upload, 3, FIRST, ChecksumAlgorithm="CRC64NVME")

    answer = complete(s3, bucket, upload, [first, second], ChecksumCRC64NVME=crc64(FIRST + LAST))

    assert (answer["ChecksumCRC64NVME"], answer["ChecksumType"]) == (crc64(FIRST + LAST), "FULL_OBJECT")
    head = s3.head_object(Bucket=bucket, Key="film.mp4", ChecksumMode="ENABLED")
    assert (head["ContentLength"], head["ChecksumCRC64NVME"]) == (PART_BYTES + 1000, crc64(FIRST + LAST))
    assert s3.get_object(Bucket=bucket, Key="film.mp4")["Body"].read() == FIRST + LAST
    across = s3.get_object(Bucket=bucket, Key="film.mp4", Range=f"bytes={PART_BYTES - 2}-{PART_BYTES + 1}")
    assert across["Body"].read() == FIRST[-2:] + LAST[:2]


def test_an_upload_without_an_algorithm_gets_crc64nvme(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)
    part = put(s3, bucket, upload, 1, LAST)

    complete(s3, bucket, upload, [part])

    head = s3.head_object(Bucket=bucket, Key="film.mp4", ChecksumMode="ENABLED")
    assert head["ChecksumCRC64NVME"] == crc64(LAST)


def test_a_composite_checksum_is_computed_from_those_of_the_parts(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket, ChecksumAlgorithm="SHA256")
    parts = [
        put(s3, bucket, upload, number, body, ChecksumAlgorithm="SHA256") for number, body in ((1, FIRST), (2, LAST))
    ]

    answer = complete(s3, bucket, upload, parts)

    joined = hashlib.sha256(FIRST).digest() + hashlib.sha256(LAST).digest()
    assert answer["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(joined).digest()).decode() + "-2"


def test_lists_parts_with_checksums(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket, ChecksumAlgorithm="CRC64NVME")
    for number in (2, 5, 9):
        put(s3, bucket, upload, number, LAST[:number], ChecksumAlgorithm="CRC64NVME")

    page = s3.list_parts(Bucket=bucket, Key="film.mp4", UploadId=upload, MaxParts=2)
    rest = s3.list_parts(Bucket=bucket, Key="film.mp4", UploadId=upload, PartNumberMarker=page["NextPartNumberMarker"])

    listed = [(part["PartNumber"], part["Size"], part["ChecksumCRC64NVME"]) for part in page["Parts"] + rest["Parts"]]
    assert listed == [(number, number, crc64(LAST[:number])) for number in (2, 5, 9)]
    assert (page["IsTruncated"], rest["IsTruncated"]) == (True, False)


def test_a_part_can_be_copied_from_a_range(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="source", Body=FIRST + LAST)
    upload = begin(s3, bucket, ChecksumAlgorithm="CRC64NVME")
    copied = s3.upload_part_copy(
        Bucket=bucket,
        Key="film.mp4",
        UploadId=upload,
        PartNumber=1,
        CopySource=f"{bucket}/source",
        CopySourceRange=f"bytes=10-{PART_BYTES + 9}",
    )["CopyPartResult"]
    last = put(s3, bucket, upload, 2, LAST, ChecksumAlgorithm="CRC64NVME")

    complete(s3, bucket, upload, [{"PartNumber": 1, "ETag": copied["ETag"]}, last])

    expected = (FIRST + LAST)[10 : PART_BYTES + 10] + LAST
    assert s3.get_object(Bucket=bucket, Key="film.mp4")["Body"].read() == expected


def test_rejects_a_part_with_a_wrong_checksum(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)

    with pytest.raises(ClientError, match="BadDigest"):
        put(s3, bucket, upload, 1, LAST, ChecksumCRC64NVME=crc64(FIRST))
    with pytest.raises(ClientError, match="BadDigest"):
        put(s3, bucket, upload, 1, LAST, ContentMD5=base64.b64encode(bytes(16)).decode())

    assert "Parts" not in s3.list_parts(Bucket=bucket, Key="film.mp4", UploadId=upload)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"ChecksumCRC64NVME": crc64(LAST)}, "BadDigest"),
        ({"MpuObjectSize": 3}, "InvalidRequest"),
        ({"ChecksumSHA1": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}, "InvalidRequest"),
    ],
)
def test_rejects_a_wrong_size_or_checksum_of_the_whole(
    s3: Any, bucket: str, options: dict[str, Any], code: str
) -> None:
    upload = begin(s3, bucket)
    parts = [put(s3, bucket, upload, 1, FIRST), put(s3, bucket, upload, 2, LAST)]

    with pytest.raises(ClientError, match=code):
        complete(s3, bucket, upload, parts, **options)

    complete(s3, bucket, upload, parts)  # the upload is still there, and can be completed


def test_rejects_parts_that_are_unknown_unordered_or_too_small(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)
    large, small = put(s3, bucket, upload, 1, FIRST), put(s3, bucket, upload, 2, LAST)
    other = put(s3, bucket, upload, 3, LAST)

    for parts, code in (
        ([other, large], "InvalidPartOrder"),
        ([large, small, other], "EntityTooSmall"),
        ([{"PartNumber": 4, "ETag": large["ETag"]}], "InvalidPart"),
        ([{"PartNumber": 1, "ETag": small["ETag"]}], "InvalidPart"),
    ):
        with pytest.raises(ClientError, match=f"\\({code}\\)"):
            complete(s3, bucket, upload, parts)


def test_rejects_an_unknown_upload(s3: Any, bucket: str) -> None:
    upload = begin(s3, bucket)
    part = put(s3, bucket, upload, 1, LAST)
    s3.abort_multipart_upload(Bucket=bucket, Key="film.mp4", UploadId=upload)

    for attempt in (
        lambda: put(s3, bucket, upload, 2, LAST),
        lambda: complete(s3, bucket, upload, [part]),
        lambda: s3.list_parts(Bucket=bucket, Key="film.mp4", UploadId=upload),
        lambda: s3.abort_multipart_upload(Bucket=bucket, Key="film.mp4", UploadId=upload),
    ):
        with pytest.raises(ClientError, match="NoSuchUpload"):
            attempt()
