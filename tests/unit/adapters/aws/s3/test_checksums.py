"""CRC64NVME and its combination over parts."""

from __future__ import annotations

import random

import pytest
from awscrt import checksums

from vcp.adapters.aws.s3.checksums import combined_crc64nvme, crc64nvme


@pytest.mark.parametrize("sizes", [(1,), (1, 1), (5, 0, 3), (100_000, 1, 65_537), (3, 1_000_000)])
def test_combined_checksum_of_parts_is_that_of_the_whole(sizes: tuple[int, ...]) -> None:
    dice = random.Random(sum(sizes))  # noqa: S311 - test data
    parts = [dice.randbytes(size) for size in sizes]

    combined = combined_crc64nvme((crc64nvme(part), len(part)) for part in parts)

    assert combined == crc64nvme(b"".join(parts))
    assert combined != crc64nvme(b"".join(parts) + b"\0")


def test_checksum_matches_the_nvme_check_value() -> None:
    # Check value of CRC-64/NVME ("Catalogue of parametrised CRC algorithms").
    assert checksums.crc64nvme(b"123456789") == 0xAE8B14860A799888
    assert crc64nvme(b"123456789") == "rosUhgp5mIg="
