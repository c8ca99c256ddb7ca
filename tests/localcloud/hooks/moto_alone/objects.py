"""S3: contents, checksums, uploads in parts, policies."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from functools import cache
from typing import Any
from unittest import mock

from tests.localcloud.hooks.moto_alone.account import ACCOUNT, bucket, client, rejected
from tests.localcloud.hooks.moto_alone.table import need

PART_BYTES = 5 << 20


@cache
def upload() -> str:
    """An upload with the parts 1, 3 and 4, the first two of them large enough."""
    made = client("s3").create_multipart_upload(Bucket=bucket(), Key="film.mp4", ChecksumAlgorithm="CRC32")
    for number in (1, 3):
        part("film.mp4", made["UploadId"], number, bytes(PART_BYTES))
    part("film.mp4", made["UploadId"], 4, b"end")
    return str(made["UploadId"])


def part(key: str, upload_id: str, number: int, body: bytes) -> dict[str, Any]:
    etag = client("s3").upload_part(Bucket=bucket(), Key=key, UploadId=upload_id, PartNumber=number, Body=body)["ETag"]
    return {"PartNumber": number, "ETag": etag}


def stored(name: str) -> Any:
    """moto's own object for a stored key."""
    from moto.s3.models import s3_backends

    client("s3").put_object(Bucket=bucket(), Key=name, Body=b"film")
    return s3_backends[ACCOUNT]["aws"].get_object(bucket(), name)


@need(
    "hooks.s3_contents",
    "loads a whole object for a range, a copy and a part",
    "s3.models.FakeKey.value",
    "s3.responses.S3Response.get_object",
    "s3.responses.S3Response.copy_object",
    "s3.responses.S3Response.upload_part_copy",
)
def an_object_is_read_whole() -> bool:
    return isinstance(stored("whole").value, bytes)


@need("hooks.s3_contents", "reads for the ETag without the lock that readers hold", "s3.models.FakeKey.etag")
def an_etag_is_computed_without_the_lock() -> bool:
    key = stored("tagged")
    key._etag = None
    key.lock = mock.MagicMock(wraps=threading.Lock())
    return bool(key.etag) and not key.lock.__enter__.called and not key.lock.acquire.called


@need("hooks.s3_contents", "closes an object's buffer during a read", "s3.models.FakeKey.dispose")
def a_deleted_object_is_closed() -> bool:
    key = stored("deleted")
    client("s3").delete_object(Bucket=bucket(), Key="deleted")
    return bool(key._value_buffer.closed)


@need(
    "hooks.s3_contents",
    "accepts a truncated chunked body as complete, or fails with an internal error",
    "s3.responses.S3Response._handle_encoded_body",
)
def a_body_cut_short_is_accepted() -> bool:
    from moto.s3.exceptions import S3ClientError
    from moto.s3.responses import S3Response

    try:
        S3Response()._handle_encoded_body(b"4\r\nabc")
    except S3ClientError:
        return False
    except ValueError:
        pass
    return True


@need(
    "hooks.s3_checksums",
    "computes a CRC32 instead of a requested CRC32C",
    "s3.utils.compute_checksum",
    "s3.models.compute_checksum",
    "s3.responses.compute_checksum",
)
def a_crc32c_is_a_crc32() -> bool:
    from awscrt import checksums
    from moto.s3.utils import compute_checksum

    right = checksums.crc32c(b"film").to_bytes(4, "big")
    return bool(compute_checksum(b"film", "CRC32C", encode_base64=False) != right)


@need(
    "hooks.s3_checksums",
    "accepts an object or part with any checksum",
    "s3.responses.S3Response.put_object",
    "s3.responses.S3Response.upload_part",
)
def a_wrong_checksum_is_accepted() -> bool:
    s3, wrong = client("s3"), {"Body": b"film", "ChecksumCRC32": "AAAAAA=="}
    begun = s3.create_multipart_upload(Bucket=bucket(), Key="wrong", ChecksumAlgorithm="CRC32")["UploadId"]
    return not rejected(lambda: s3.put_object(Bucket=bucket(), Key="wrong", **wrong)) and not rejected(
        lambda: s3.upload_part(Bucket=bucket(), Key="wrong", UploadId=begun, PartNumber=1, **wrong)
    )


@need("hooks.s3_multipart", "joins the parts of an upload in memory", "s3.models.FakeMultipart.complete")
def parts_are_joined_in_memory() -> bool:
    from moto.s3.models import s3_backends

    known = s3_backends[ACCOUNT]["aws"].get_bucket(bucket()).multiparts[upload()]
    contents, _, _ = known.complete(iter([(1, known.parts[1].etag)]))
    return isinstance(contents, bytes | bytearray)


@need("hooks.s3_multipart", "accepts parts in any order", "s3.models.FakeMultipart.complete")
def parts_are_taken_in_any_order() -> bool:
    s3 = client("s3")
    begun = s3.create_multipart_upload(Bucket=bucket(), Key="mixed")["UploadId"]
    first, second = (part("mixed", begun, number, bytes(PART_BYTES)) for number in (1, 2))
    return not rejected(
        lambda: s3.complete_multipart_upload(
            Bucket=bucket(), Key="mixed", UploadId=begun, MultipartUpload={"Parts": [second, first]}
        )
    )


@need("hooks.s3_multipart", "treats the marker of ListParts, a part number, as a count",
      "s3.models.FakeMultipart.list_parts", "s3.models.S3Backend.is_truncated")  # fmt: skip
def parts_are_listed_wrongly_after_a_gap() -> bool:
    listed = client("s3").list_parts(Bucket=bucket(), Key="film.mp4", UploadId=upload(), PartNumberMarker=3)
    return [each["PartNumber"] for each in listed.get("Parts", [])] != [4]


@need("hooks.s3_multipart", "returns no checksums of parts",
      "s3.models.FakeMultipart.set_part", "s3.responses.S3Response.list_parts")  # fmt: skip
def parts_have_no_checksums() -> bool:
    listed = client("s3").list_parts(Bucket=bucket(), Key="film.mp4", UploadId=upload())
    return not any("ChecksumCRC32" in each for each in listed["Parts"])


@need("hooks.s3_multipart", "returns no checksum of a completed upload, or does not check the caller's",
      "s3.models.S3Backend.complete_multipart_upload", "s3.responses.S3Response._key_response_post")  # fmt: skip
def a_wrong_checksum_of_the_whole_is_accepted() -> bool:
    s3 = client("s3")
    begun = s3.create_multipart_upload(
        Bucket=bucket(), Key="whole", ChecksumAlgorithm="CRC64NVME", ChecksumType="FULL_OBJECT"
    )["UploadId"]
    only = part("whole", begun, 1, b"film")
    return not rejected(
        lambda: s3.complete_multipart_upload(
            Bucket=bucket(), Key="whole", UploadId=begun, MultipartUpload={"Parts": [only]},
            ChecksumCRC64NVME="AAAAAAAAAAA=", ChecksumType="FULL_OBJECT",
        )
    )  # fmt: skip


@need(
    "hooks.s3_multipart",
    "fails with an internal error for an unknown upload",
    "s3.models.S3Backend.complete_multipart_upload",
    "s3.models.S3Backend.upload_part",
    "s3.models.S3Backend.upload_part_copy",
)
def an_unknown_upload_is_an_internal_error() -> bool:
    s3, gone = client("s3"), {"Bucket": bucket(), "Key": "gone", "UploadId": "gone"}
    parts = {"Parts": [{"PartNumber": 1, "ETag": "x"}]}
    calls: list[Callable[[], Any]] = [
        lambda: s3.upload_part(PartNumber=1, Body=b"film", **gone),
        lambda: s3.upload_part_copy(PartNumber=1, CopySource="films/whole", **gone),
        lambda: s3.complete_multipart_upload(MultipartUpload=parts, **gone),
    ]

    def fails(call: Callable[[], Any]) -> bool:
        try:
            return not rejected(call)
        except (AttributeError, KeyError, TypeError):
            return True

    return any(fails(call) for call in calls)


@need("hooks.s3_multipart", "copies objects of more than 5 GiB in one call", "s3.models.S3Backend.copy_object")
def a_copy_may_be_of_any_size() -> bool:
    key = stored("large")
    with mock.patch.object(key, "contentsize", (5 << 30) + 1):
        return not rejected(
            lambda: client("s3").copy_object(Bucket=bucket(), Key="copy", CopySource=f"{bucket()}/large")
        )


@need("hooks.s3_policy", "denies whatever the condition of a Deny says", "s3.models.FakeBucket.get_permission")
def a_condition_of_a_bucket_policy_is_ignored() -> bool:
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import s3_backends

    client("s3").create_bucket(Bucket="guarded")
    statement = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::guarded/*",
        "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("s3").put_bucket_policy(Bucket="guarded", Policy=policy)
    kept = s3_backends[ACCOUNT]["aws"].get_bucket("guarded")
    return bool(kept.get_permission("s3:GetObject", "arn:aws:s3:::guarded/a") == PermissionResult.DENIED)
