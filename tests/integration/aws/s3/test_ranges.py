"""Ranged reads of S3 objects."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
import requests

from localcloud.process import RunningCloud
from tests.integration.aws.s3.uploads import MIB, PART_BYTES, upload
from tests.integration.conftest import Answering, web_server
from vcp.adapters.aws.s3.objects import S3Objects
from vcp.adapters.retry import Backoff
from vcp.domain.errors import PermanentError


def test_reads_exactly_the_requested_range(objects: S3Objects, content: bytes) -> None:
    upload(objects, "film.mp4", content)
    ranges = objects.ranges("film.mp4")

    assert ranges.size_bytes == len(content)
    for start, length in ((0, 1), (PART_BYTES - 3, 7), (len(content) - 5, 5), (0, len(content))):
        assert b"".join(ranges.read(start, length)) == content[start : start + length]
    assert b"".join(ranges.read(len(content) - 5, 100)) == content[-5:]
    assert b"".join(ranges.read(len(content), 100)) == b""


def test_resumes_an_interrupted_download(
    s3: Any, bucket: str, cloud: RunningCloud, content: bytes, quick: Backoff
) -> None:
    s3.put_object(Bucket=bucket, Key="film.mp4", Body=content)
    spans: list[str] = []

    class Cutting(Answering):
        """Forwards requests to the cloud, and disconnects after 3 MiB of content."""

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


def test_rejects_a_file_replaced_while_it_is_read(objects: S3Objects, s3: Any, content: bytes) -> None:
    upload(objects, "film.mp4", content)
    ranges = objects.ranges("film.mp4")
    s3.put_object(Bucket=objects.bucket, Key="film.mp4", Body=content[::-1])

    with pytest.raises(PermanentError, match="object_changed"):
        b"".join(ranges.read(0, 10))
    s3.delete_object(Bucket=objects.bucket, Key="film.mp4")
    with pytest.raises(PermanentError, match="object_changed"):
        b"".join(ranges.read(0, 10))
