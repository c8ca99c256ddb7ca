"""Objects on S3: a copy that is proven whole, goes on where it stopped, and is read by ranges."""

from __future__ import annotations

import random
from io import BytesIO
from typing import Any

import boto3
import pytest
import requests
from awscrt import checksums
from botocore.response import StreamingBody

from localcloud.process import RunningCloud
from tests.integration.conftest import Answering, web_server
from vcp.adapters.aws.s3.checksums import combined_crc64nvme, crc64nvme
from vcp.adapters.aws.s3.copies import Copies
from vcp.adapters.aws.s3.objects import S3Objects
from vcp.adapters.retry import Backoff
from vcp.domain.errors import PermanentError, RetryableError
from vcp.ports.storage import Part

MIB = 1024**2
PART_BYTES = 5 * MIB


@pytest.fixture(scope="module")
def content() -> bytes:
    return random.Random(7).randbytes(2 * PART_BYTES + 12_345)  # noqa: S311 - test data


@pytest.fixture
def objects(s3: Any, bucket: str, quick: Backoff) -> S3Objects:
    return S3Objects(s3, bucket, backoff=quick)


def pieces(content: bytes) -> list[tuple[int, bytes]]:
    starts = range(0, len(content), PART_BYTES)
    return [(number, content[start : start + PART_BYTES]) for number, start in enumerate(starts, start=1)]


def upload(objects: S3Objects, key: str, content: bytes) -> None:
    upload_id = objects.start_upload(key, "video/mp4", {})
    parts = [objects.put_part(key, upload_id, number, data) for number, data in pieces(content)]
    objects.complete_upload(key, upload_id, parts, len(content))


def test_parts_in_any_order_become_one_object_whose_checksum_is_that_of_all_bytes(
    objects: S3Objects, s3: Any, content: bytes
) -> None:
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


def test_an_upload_goes_on_from_the_parts_that_are_safe(objects: S3Objects, content: bytes) -> None:
    upload_id = objects.start_upload("film.mp4", "video/mp4", {})
    first, second, third = pieces(content)
    sent = [objects.put_part("film.mp4", upload_id, *first), objects.put_part("film.mp4", upload_id, *third)]

    safe = objects.list_parts("film.mp4", upload_id)

    assert safe == sent
    safe.append(objects.put_part("film.mp4", upload_id, *second))
    assert objects.complete_upload("film.mp4", upload_id, safe, len(content)).crc64nvme == crc64nvme(content)


def test_an_upload_that_is_gone_is_told_apart(objects: S3Objects, content: bytes) -> None:
    upload_id = objects.start_upload("film.mp4", "video/mp4", {})
    objects.abort_upload("film.mp4", upload_id)

    objects.abort_upload("film.mp4", upload_id)  # twice is fine
    with pytest.raises(LookupError):
        objects.list_parts("film.mp4", upload_id)
    with pytest.raises(RetryableError, match="upload_gone"):
        objects.put_part("film.mp4", upload_id, 1, b"x")


def test_completing_again_after_a_lost_answer_is_the_same_success(objects: S3Objects, content: bytes) -> None:
    upload_id = objects.start_upload("film.mp4", "video/mp4", {})
    parts = [objects.put_part("film.mp4", upload_id, *piece) for piece in pieces(content)]
    first = objects.complete_upload("film.mp4", upload_id, parts, len(content))

    assert objects.complete_upload("film.mp4", upload_id, parts, len(content)) == first


def test_completing_an_upload_that_is_gone_is_tried_again(objects: S3Objects, content: bytes) -> None:
    upload_id = objects.start_upload("film.mp4", "video/mp4", {})
    parts = [objects.put_part("film.mp4", upload_id, *piece) for piece in pieces(content)]
    objects.abort_upload("film.mp4", upload_id)

    with pytest.raises(RetryableError, match="upload_gone"):
        objects.complete_upload("film.mp4", upload_id, parts, len(content))


def test_a_missing_part_is_noticed_before_the_store_is_asked(objects: S3Objects, content: bytes) -> None:
    upload_id = objects.start_upload("film.mp4", "video/mp4", {})
    parts = [objects.put_part("film.mp4", upload_id, *piece) for piece in pieces(content)[:-1]]

    with pytest.raises(PermanentError, match="upload_incomplete"):
        objects.complete_upload("film.mp4", upload_id, parts, len(content))
    assert objects.head("film.mp4") is None


def test_the_store_refuses_a_part_that_is_not_the_one_that_was_read(objects: S3Objects, content: bytes) -> None:
    upload_id = objects.start_upload("film.mp4", "video/mp4", {})
    parts = [objects.put_part("film.mp4", upload_id, *piece) for piece in pieces(content)]
    other = Part(2, parts[1].size_bytes, parts[1].etag, crc64nvme(b"other bytes"))

    with pytest.raises((RetryableError, PermanentError)):
        objects.complete_upload("film.mp4", upload_id, [parts[0], other, parts[2]], len(content))
    assert objects.head("film.mp4") is None


@pytest.mark.parametrize("sizes", [(1,), (1, 1), (5, 0, 3), (100_000, 1, 65_537), (3, 1_000_000)])
def test_checksums_of_parts_combine_to_that_of_the_whole(sizes: tuple[int, ...]) -> None:
    dice = random.Random(sum(sizes))  # noqa: S311 - test data
    parts = [dice.randbytes(size) for size in sizes]

    combined = combined_crc64nvme((crc64nvme(part), len(part)) for part in parts)

    assert combined == crc64nvme(b"".join(parts))
    assert combined != crc64nvme(b"".join(parts) + b"\0")


def test_the_checksum_is_the_one_of_the_nvme_specification() -> None:
    # Check value of CRC-64/NVME (catalogue of parametrised CRC algorithms).
    assert checksums.crc64nvme(b"123456789") == 0xAE8B14860A799888
    assert crc64nvme(b"123456789") == "rosUhgp5mIg="


def test_ranges_bring_exactly_what_was_asked_for(objects: S3Objects, content: bytes) -> None:
    upload(objects, "film.mp4", content)
    ranges = objects.ranges("film.mp4")

    assert ranges.size_bytes == len(content)
    for start, length in ((0, 1), (PART_BYTES - 3, 7), (len(content) - 5, 5), (0, len(content))):
        assert b"".join(ranges.read(start, length)) == content[start : start + length]
    assert b"".join(ranges.read(len(content) - 5, 100)) == content[-5:]
    assert b"".join(ranges.read(len(content), 100)) == b""


def test_a_download_that_breaks_off_goes_on_where_it_stopped(
    s3: Any, bucket: str, cloud: RunningCloud, content: bytes, quick: Backoff
) -> None:
    s3.put_object(Bucket=bucket, Key="film.mp4", Body=content)
    spans: list[str] = []

    class Cutting(Answering):
        """Passes calls on to the local cloud, and hangs up in the middle of larger contents."""

        def answer(self) -> None:
            if self.command == "GET":
                spans.append(self.headers["Range"])
            answer = requests.request(self.command, cloud.aws + self.path, headers=dict(self.headers), timeout=10)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in ("connection", "server", "date"):
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.content[: 3 * MIB])
            self.close_connection = True

    with web_server(Cutting) as endpoint:
        client = boto3.client(
            "s3",
            region_name=cloud.region,
            endpoint_url=endpoint,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        received = b"".join(S3Objects(client, bucket, backoff=quick).ranges("film.mp4").read(0, len(content)))

    assert received == content
    starts = [int(span.removeprefix("bytes=").split("-")[0]) for span in spans]
    assert len(starts) == -(-len(content) // (3 * MIB))
    assert starts == sorted(set(starts))


def test_a_file_that_is_replaced_while_it_is_read_is_never_mixed(objects: S3Objects, s3: Any, content: bytes) -> None:
    upload(objects, "film.mp4", content)
    ranges = objects.ranges("film.mp4")
    s3.put_object(Bucket=objects.bucket, Key="film.mp4", Body=content[::-1])

    with pytest.raises(PermanentError, match="object_changed"):
        b"".join(ranges.read(0, 10))
    s3.delete_object(Bucket=objects.bucket, Key="film.mp4")
    with pytest.raises(PermanentError, match="object_changed"):
        b"".join(ranges.read(0, 10))


def test_absent_objects_are_no_error_where_that_is_an_answer(objects: S3Objects) -> None:
    assert objects.head("nothing") is None
    assert objects.get_text("nothing") is None
    with pytest.raises(LookupError):
        objects.ranges("nothing")
    with pytest.raises(LookupError):
        objects.get_json("nothing")
    with pytest.raises(LookupError):
        objects.copy_from(objects.bucket, "nothing", "somewhere", download_name="a.mp4", content_type="video/mp4")


def test_a_bucket_that_is_not_there_needs_a_person(s3: Any) -> None:
    with pytest.raises(PermanentError, match="s3_refused"):
        S3Objects(s3, "no-such-bucket-anywhere").start_upload("key", "video/mp4", {})


def test_documents_come_back_as_they_were(objects: S3Objects, s3: Any) -> None:
    document = {"name": "Größe", "numbers": [1, 2.5, None], "inner": {"yes": True}}
    objects.put_json("videos/receipt.json", document)

    assert objects.get_json("videos/receipt.json") == document
    assert "Größe" in (objects.get_text("videos/receipt.json") or "")
    found = s3.head_object(Bucket=objects.bucket, Key="videos/receipt.json", ChecksumMode="ENABLED")
    assert found["ContentType"] == "application/json"
    assert "ChecksumCRC64NVME" in found


@pytest.mark.parametrize("body", [b"[1, 2]", b"no json", b"\xff\xfe"])
def test_a_document_that_is_none_is_said_so(objects: S3Objects, s3: Any, body: bytes) -> None:
    s3.put_object(Bucket=objects.bucket, Key="receipt.json", Body=body)

    with pytest.raises(PermanentError, match="object_unreadable"):
        objects.get_json("receipt.json")


def test_a_text_larger_than_its_limit_is_not_read(objects: S3Objects, s3: Any) -> None:
    s3.put_object(Bucket=objects.bucket, Key="metrics.csv", Body=b"x" * 11)

    assert objects.get_text("metrics.csv", limit_bytes=11) == "x" * 11
    with pytest.raises(PermanentError, match="object_unreadable"):
        objects.get_text("metrics.csv", limit_bytes=10)


def test_a_document_that_arrives_damaged_is_read_again_and_not_believed(objects: S3Objects, s3: Any) -> None:
    objects.put_json("videos/receipt.json", {"size": 100})

    def damage(parsed: dict[str, Any], **_: object) -> None:
        data = parsed["Body"].read().replace(b"100", b"900")
        parsed["Body"] = StreamingBody(BytesIO(data), len(data))

    s3.meta.events.register("after-call.s3.GetObject", damage)
    with pytest.raises(RetryableError, match="s3_bytes_damaged"):
        objects.get_json("videos/receipt.json")

    s3.meta.events.unregister("after-call.s3.GetObject", damage)
    assert objects.get_json("videos/receipt.json") == {"size": 100}


@pytest.mark.parametrize("single_copy_bytes", [5 * 1024**3, PART_BYTES], ids=["at once", "in parts"])
def test_a_copy_is_the_same_bytes_under_the_name_that_people_know(
    objects: S3Objects, s3: Any, cloud: RunningCloud, content: bytes, single_copy_bytes: int
) -> None:
    upload(objects, "staging/video.mp4", content)
    target = f"{objects.bucket}-compressed"
    s3.create_bucket(Bucket=target)
    copies = Copies(s3, single_copy_bytes=single_copy_bytes, part_bytes=PART_BYTES)
    compressed = S3Objects(s3, target, copies=copies)

    stored = compressed.copy_from(
        objects.bucket,
        "staging/video.mp4",
        "videos/video.mp4",
        download_name='Größe "1".mp4',
        content_type="video/mp4",
    )

    assert (stored.size_bytes, stored.crc64nvme) == (len(content), crc64nvme(content))
    found = s3.get_object(Bucket=target, Key="videos/video.mp4")
    assert found["Body"].read() == content
    assert found["ContentType"] == "video/mp4"
    assert (
        found["ContentDisposition"]
        == "attachment; filename=\"Groe _1_.mp4\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22.mp4"
    )
    assert s3.list_multipart_uploads(Bucket=target).get("Uploads", []) == []


def test_a_prefix_is_cleared_with_all_its_pages_and_nothing_beside_it(s3: Any, bucket: str) -> None:
    objects = S3Objects(s3, bucket, delete_batch=4)
    for number in range(11):
        s3.put_object(Bucket=objects.bucket, Key=f"staging/a/{number:04d}", Body=b"x")
    s3.put_object(Bucket=objects.bucket, Key="staging/b", Body=b"x")

    assert objects.delete_prefix("staging/a/") == 11
    assert objects.delete_prefix("staging/a/") == 0
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=objects.bucket)["Contents"]] == ["staging/b"]
    with pytest.raises(ValueError, match="whole bucket"):
        objects.delete_prefix("")
