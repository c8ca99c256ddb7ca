"""Copies of S3 objects."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.process import RunningCloud
from tests.integration.aws.s3.uploads import PART_BYTES, upload
from vcp.adapters.aws.s3.checksums import crc64nvme
from vcp.adapters.aws.s3.copies import Copies
from vcp.adapters.aws.s3.objects import S3Objects


@pytest.mark.parametrize("single_copy_bytes", [5 * 1024**3, PART_BYTES], ids=["at once", "in parts"])
def test_copies_an_object_under_a_download_name(
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
