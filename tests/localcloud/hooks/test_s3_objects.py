"""S3 objects: ranges, checksums, deletion during a read, and policies about transport."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from typing import Any, Literal

import pytest
import requests
from awscrt import checksums
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.hooks.s3_contents import IncompleteBody, decode_chunks
from localcloud.process import RunningCloud

CONTENT = hashlib.shake_128(b"film").digest(3 << 20)


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


CHECKSUMS = {
    "CRC32": b64(zlib.crc32(CONTENT).to_bytes(4, "big")),
    "CRC32C": b64(checksums.crc32c(CONTENT).to_bytes(4, "big")),
    "CRC64NVME": b64(checksums.crc64nvme(CONTENT).to_bytes(8, "big")),
    "SHA1": b64(hashlib.sha1(CONTENT, usedforsecurity=False).digest()),
    "SHA256": b64(hashlib.sha256(CONTENT).digest()),
}


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=1048570-1048590", 1048570, 1048591),
        ("bytes=3145720-", 3145720, len(CONTENT)),
        ("bytes=-5", len(CONTENT) - 5, len(CONTENT)),
        ("bytes=100-99999999", 100, len(CONTENT)),
    ],
)
def test_returns_exactly_the_requested_range(s3: Any, bucket: str, asked: str, begin: int, end: int) -> None:
    s3.put_object(Bucket=bucket, Key="film.mp4", Body=CONTENT)

    answer = s3.get_object(Bucket=bucket, Key="film.mp4", Range=asked)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert answer["ContentRange"] == f"bytes {begin}-{end - 1}/{len(CONTENT)}"
    assert answer["Body"].read() == CONTENT[begin:end]


def test_rejects_a_range_after_the_end(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="film.mp4", Body=b"abc")

    with pytest.raises(ClientError, match="InvalidRange"):
        s3.get_object(Bucket=bucket, Key="film.mp4", Range="bytes=3-")


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, len(CONTENT)])
def test_returns_a_whole_object(s3: Any, bucket: str, size: int) -> None:
    s3.put_object(Bucket=bucket, Key="film.mp4", Body=CONTENT[:size])

    answer = s3.get_object(Bucket=bucket, Key="film.mp4")

    assert answer["ContentLength"] == size
    assert answer["Body"].read() == CONTENT[:size]
    assert answer["ETag"] == f'"{hashlib.md5(CONTENT[:size], usedforsecurity=False).hexdigest()}"'


def test_a_read_completes_when_the_object_is_deleted_and_replaced(s3: Any, bucket: str) -> None:
    large = CONTENT * 8
    s3.put_object(Bucket=bucket, Key="film.mp4", Body=large)
    body = s3.get_object(Bucket=bucket, Key="film.mp4")["Body"]
    first = body.read(1000)

    s3.put_object(Bucket=bucket, Key="film.mp4", Body=b"other")
    s3.delete_object(Bucket=bucket, Key="film.mp4")

    assert first + body.read() == large


@pytest.mark.parametrize("algorithm", sorted(CHECKSUMS))
def test_accepts_and_returns_a_correct_checksum(s3: Any, bucket: str, algorithm: str) -> None:
    field = f"Checksum{algorithm}"

    s3.put_object(Bucket=bucket, Key="film.mp4", Body=CONTENT, **{field: CHECKSUMS[algorithm]})

    assert s3.head_object(Bucket=bucket, Key="film.mp4", ChecksumMode="ENABLED")[field] == CHECKSUMS[algorithm]


@pytest.mark.parametrize("algorithm", sorted(CHECKSUMS))
def test_rejects_a_wrong_checksum_and_stores_nothing(s3: Any, bucket: str, algorithm: str) -> None:
    with pytest.raises(ClientError, match="BadDigest"):
        s3.put_object(Bucket=bucket, Key="film.mp4", Body=b"x", **{f"Checksum{algorithm}": CHECKSUMS[algorithm]})

    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("algorithm", sorted(CHECKSUMS))
def test_accepts_a_checksum_in_the_trailer(s3: Any, bucket: str, algorithm: str) -> None:
    answer = s3.put_object(Bucket=bucket, Key="film.mp4", Body=CONTENT, ChecksumAlgorithm=algorithm)

    assert answer[f"Checksum{algorithm}"] == CHECKSUMS[algorithm]


def test_rejects_a_wrong_checksum_in_the_trailer(cloud: RunningCloud, s3: Any, bucket: str) -> None:
    url = f"{cloud.aws}/{bucket}/film.mp4"
    body = b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"

    answer = requests.put(
        url,
        data=body,
        headers={
            "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request, "
            "SignedHeaders=host, Signature=0",
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "x-amz-trailer": "x-amz-checksum-crc32",
            "x-amz-sdk-checksum-algorithm": "CRC32",
        },
        timeout=10,
    )

    assert answer.status_code == 400
    assert "<Code>BadDigest</Code>" in answer.text


@pytest.mark.parametrize("sizes", [[1], [0], [65536, 1], [7, 11, 13]])
def test_decodes_a_chunked_body(sizes: list[int]) -> None:
    payloads = [CONTENT[:size] for size in sizes if size]
    body = b"".join(b"%x\r\n%b\r\n" % (len(payload), payload) for payload in payloads)

    assert decode_chunks(body + b"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n") == b"".join(payloads)


@pytest.mark.parametrize("body", [b"", b"4\r\nabc", b"3\r\nabc\r\n", b"x\r\nabc\r\n0\r\n", b"-1\r\nabc\r\n0\r\n"])
def test_rejects_a_truncated_chunked_body(body: bytes) -> None:
    with pytest.raises(IncompleteBody, match="number of bytes"):
        decode_chunks(body)


@pytest.mark.parametrize(
    ("content_md5", "code"),
    [(b64(hashlib.md5(b"other", usedforsecurity=False).digest()), "BadDigest"), ("AAAA", "InvalidDigest")],
)
def test_rejects_a_wrong_content_md5(s3: Any, bucket: str, content_md5: str, code: str) -> None:
    with pytest.raises(ClientError, match=code):
        s3.put_object(Bucket=bucket, Key="film.mp4", Body=b"x", ContentMD5=content_md5)


def test_a_copy_has_the_same_bytes_after_its_source_is_deleted(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="film.mp4", Body=CONTENT)

    s3.copy_object(Bucket=bucket, Key="copy.mp4", CopySource=f"{bucket}/film.mp4")
    s3.delete_object(Bucket=bucket, Key="film.mp4")

    assert s3.get_object(Bucket=bucket, Key="copy.mp4")["Body"].read() == CONTENT


@pytest.mark.parametrize("style", ["path", "virtual"])
def test_presigned_ranges_work_in_both_styles(
    cloud: RunningCloud, bucket: str, style: Literal["path", "virtual"]
) -> None:
    cloud.client("s3").put_object(Bucket=bucket, Key="film.mp4", Body=CONTENT)
    signer = cloud.client("s3", config=Config(s3={"addressing_style": style}))
    url = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "film.mp4"})

    answer = requests.get(url, headers={"Range": "bytes=10-19"}, timeout=10)

    assert (answer.status_code, answer.content) == (206, CONTENT[10:20])


def deny_unless(condition: dict[str, Any], bucket: str) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": condition,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    "condition", [{"Bool": {"aws:SecureTransport": "false"}}, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}]
)
def test_a_policy_against_insecure_transport_allows_the_loopback(
    s3: Any, bucket: str, condition: dict[str, Any]
) -> None:
    s3.put_bucket_policy(Bucket=bucket, Policy=deny_unless(condition, bucket))

    s3.put_object(Bucket=bucket, Key="film.mp4", Body=b"abc")

    assert s3.get_object(Bucket=bucket, Key="film.mp4")["Body"].read() == b"abc"


def test_a_policy_against_secure_transport_denies(s3: Any, bucket: str) -> None:
    s3.put_bucket_policy(Bucket=bucket, Policy=deny_unless({"Bool": {"aws:SecureTransport": "true"}}, bucket))

    with pytest.raises(ClientError, match=r"\(403\)|AccessDenied"):
        s3.put_object(Bucket=bucket, Key="film.mp4", Body=b"abc")


def test_rejects_an_unsupported_condition_by_name(s3: Any, bucket: str) -> None:
    condition = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    s3.put_bucket_policy(Bucket=bucket, Policy=deny_unless(condition, bucket))

    with pytest.raises(ClientError, match=r"NotImplemented.*IpAddress aws:SourceIp is not evaluated"):
        s3.put_object(Bucket=bucket, Key="film.mp4", Body=b"abc")
