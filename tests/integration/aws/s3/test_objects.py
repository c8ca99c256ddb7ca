"""Multipart uploads, documents and deletions on S3."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from botocore.response import StreamingBody

from tests.integration.aws.s3.uploads import pieces
from vcp.adapters.aws.s3.checksums import crc64nvme
from vcp.adapters.aws.s3.objects import S3Objects
from vcp.domain.errors import PermanentError, RetryableError
from vcp.ports.storage import Part


def test_joins_parts_sent_in_any_order_with_a_full_object_checksum(objects: S3Objects, s3: Any, content: bytes) -> None:
    upload_id = objects.start_upload("incoming/film.mp4", "video/mp4", {"Original": "Übung – Größe.mp4"})

    parts = [objects.put_part("incoming/film.mp4", upload_id, *piece) for piece in reversed(pieces(content))]
    stored = objects.complete_upload("incoming/film.mp4", upload_id, parts, len(content))

    whole = crc64nvme(content)
    assert (stored.size_bytes, stored.crc64nvme) == (len(content), whole)
    assert objects.head("incoming/film.mp4") == stored
    found = s3.head_object(Bucket=objects.bucket, Key="incoming/film.mp4", ChecksumMode="ENABLED")
    assert found["ChecksumType"] == "FULL_OBJECT"
    assert found["ContentType"] == "video/mp4"
    assert found["Metadata"] == {"original": "%C3%9Cbung %E2%80%93 Gr%C3%B6%C3%9Fe.mp4"}


def test_resumes_an_upload_from_its_stored_parts(objects: S3Objects, content: bytes) -> None:
    upload_id = objects.start_upload("film.mp4", "video/mp4", {})
    first, second, third = pieces(content)
    sent = [objects.put_part("film.mp4", upload_id, *first), objects.put_part("film.mp4", upload_id, *third)]

    safe = objects.list_parts("film.mp4", upload_id)

    assert safe == sent
    safe.append(objects.put_part("film.mp4", upload_id, *second))
    assert objects.complete_upload("film.mp4", upload_id, safe, len(content)).crc64nvme == crc64nvme(content)


def test_reports_an_upload_that_is_gone(objects: S3Objects, content: bytes) -> None:
    upload_id = objects.start_upload("film.mp4", "video/mp4", {})
    objects.abort_upload("film.mp4", upload_id)

    objects.abort_upload("film.mp4", upload_id)  # idempotent
    with pytest.raises(LookupError):
        objects.list_parts("film.mp4", upload_id)
    with pytest.raises(RetryableError, match="upload_gone"):
        objects.put_part("film.mp4", upload_id, 1, b"x")


def test_completing_an_upload_is_idempotent(objects: S3Objects, content: bytes) -> None:
    upload_id = objects.start_upload("film.mp4", "video/mp4", {})
    parts = [objects.put_part("film.mp4", upload_id, *piece) for piece in pieces(content)]
    first = objects.complete_upload("film.mp4", upload_id, parts, len(content))

    assert objects.complete_upload("film.mp4", upload_id, parts, len(content)) == first


def test_completing_an_upload_that_is_gone_is_retryable(objects: S3Objects, content: bytes) -> None:
    upload_id = objects.start_upload("film.mp4", "video/mp4", {})
    parts = [objects.put_part("film.mp4", upload_id, *piece) for piece in pieces(content)]
    objects.abort_upload("film.mp4", upload_id)

    with pytest.raises(RetryableError, match="upload_gone"):
        objects.complete_upload("film.mp4", upload_id, parts, len(content))


def test_rejects_an_incomplete_upload_without_calling_s3(objects: S3Objects, content: bytes) -> None:
    upload_id = objects.start_upload("film.mp4", "video/mp4", {})
    parts = [objects.put_part("film.mp4", upload_id, *piece) for piece in pieces(content)[:-1]]

    with pytest.raises(PermanentError, match="upload_incomplete"):
        objects.complete_upload("film.mp4", upload_id, parts, len(content))
    assert objects.head("film.mp4") is None


def test_s3_rejects_a_part_with_another_checksum(objects: S3Objects, content: bytes) -> None:
    upload_id = objects.start_upload("film.mp4", "video/mp4", {})
    parts = [objects.put_part("film.mp4", upload_id, *piece) for piece in pieces(content)]
    other = Part(2, parts[1].size_bytes, parts[1].etag, crc64nvme(b"other bytes"))

    with pytest.raises((RetryableError, PermanentError)):
        objects.complete_upload("film.mp4", upload_id, [parts[0], other, parts[2]], len(content))
    assert objects.head("film.mp4") is None


def test_absent_objects_are_none_or_a_lookup_error(objects: S3Objects) -> None:
    assert objects.head("nothing") is None
    assert objects.get_text("nothing") is None
    with pytest.raises(LookupError):
        objects.ranges("nothing")
    with pytest.raises(LookupError):
        objects.copy_from(objects.bucket, "nothing", "somewhere", download_name="a.mp4", content_type="video/mp4")


def test_missing_bucket_is_a_permanent_error(s3: Any) -> None:
    with pytest.raises(PermanentError, match="s3_refused"):
        S3Objects(s3, "no-such-bucket-anywhere").start_upload("key", "video/mp4", {})


def test_stores_json_documents(objects: S3Objects, s3: Any) -> None:
    document = {"name": "Größe", "numbers": [1, 2.5, None], "inner": {"yes": True}}
    objects.put_json("videos/receipt.json", document)

    text = objects.get_text("videos/receipt.json") or ""
    assert json.loads(text) == document
    assert "Größe" in text
    found = s3.head_object(Bucket=objects.bucket, Key="videos/receipt.json", ChecksumMode="ENABLED")
    assert found["ContentType"] == "application/json"
    assert "ChecksumCRC64NVME" in found


def test_text_that_is_not_utf8_is_a_permanent_error(objects: S3Objects, s3: Any) -> None:
    s3.put_object(Bucket=objects.bucket, Key="receipt.json", Body=b"\xff\xfe")

    with pytest.raises(PermanentError, match="object_unreadable"):
        objects.get_text("receipt.json")


def test_rejects_text_above_its_limit(objects: S3Objects, s3: Any) -> None:
    s3.put_object(Bucket=objects.bucket, Key="metrics.csv", Body=b"x" * 11)

    assert objects.get_text("metrics.csv", limit_bytes=11) == "x" * 11
    with pytest.raises(PermanentError, match="object_unreadable"):
        objects.get_text("metrics.csv", limit_bytes=10)


def test_text_that_arrives_damaged_is_retryable(objects: S3Objects, s3: Any) -> None:
    objects.put_json("videos/receipt.json", {"size": 100})

    def damage(parsed: dict[str, Any], **_: object) -> None:
        data = parsed["Body"].read().replace(b"100", b"900")
        parsed["Body"] = StreamingBody(BytesIO(data), len(data))

    s3.meta.events.register("after-call.s3.GetObject", damage)
    with pytest.raises(RetryableError, match="s3_bytes_damaged"):
        objects.get_text("videos/receipt.json")

    s3.meta.events.unregister("after-call.s3.GetObject", damage)
    assert json.loads(objects.get_text("videos/receipt.json") or "") == {"size": 100}


def test_deletes_all_pages_of_a_prefix_and_nothing_else(s3: Any, bucket: str) -> None:
    objects = S3Objects(s3, bucket, delete_batch=4)
    for number in range(11):
        s3.put_object(Bucket=objects.bucket, Key=f"staging/a/{number:04d}", Body=b"x")
    s3.put_object(Bucket=objects.bucket, Key="staging/b", Body=b"x")

    assert objects.delete_prefix("staging/a/") == 11
    assert objects.delete_prefix("staging/a/") == 0
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=objects.bucket)["Contents"]] == ["staging/b"]
    with pytest.raises(ValueError, match="whole bucket"):
        objects.delete_prefix("")
