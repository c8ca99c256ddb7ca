"""Object keys: no two videos, attempts or revisions share one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from vcp.wire import object_keys

VIDEOS = ("fileA-0123456789abcdef", "fileB-0123456789abcdef")
ATTEMPTS = (1, 2, 10, 11)
BY_ATTEMPT: list[Callable[[str, int], str]] = [
    lambda video_id, attempt: object_keys.incoming_key(video_id, attempt, "mov"),
    lambda video_id, attempt: object_keys.staging_base(video_id, attempt, 1),
    object_keys.result_key,
    object_keys.receipt_key,
]


@pytest.mark.parametrize("key_of", BY_ATTEMPT, ids=["incoming", "staging", "result", "receipt"])
def test_keys_of_videos_and_attempts_never_collide(key_of: Callable[[str, int], str]) -> None:
    keys = [key_of(video_id, attempt) for video_id, attempt in product(VIDEOS, ATTEMPTS)]
    assert len(set(keys)) == len(keys)
    assert not [(a, b) for a in keys for b in keys if a != b and b.startswith(a)], "deleting one would delete others"


@pytest.mark.parametrize(
    "start_of", [object_keys.incoming_start, object_keys.staging_start], ids=["incoming", "staging"]
)
def test_deleting_one_attempt_keeps_the_others(start_of: Callable[[str, int], str]) -> None:
    keys = {
        (video_id, attempt): (
            object_keys.incoming_key(video_id, attempt, "mov"),
            object_keys.staging_base(video_id, attempt, 1),
        )
        for video_id, attempt in product(VIDEOS, ATTEMPTS)
    }
    for whose in keys:
        cleared = {
            owner for owner, of_owner in keys.items() if any(key.startswith(start_of(*whose)) for key in of_owner)
        }
        assert cleared == {whose}


def test_a_corrective_plan_does_not_overwrite_the_first_output() -> None:
    assert object_keys.staging_base(VIDEOS[0], 1, 1) != object_keys.staging_base(VIDEOS[0], 1, 2)


def test_every_key_has_a_granted_prefix() -> None:
    assert object_keys.incoming_key("v", 1, "mov").startswith(object_keys.INCOMING_PREFIX)
    assert object_keys.staging_base("v", 1, 1).startswith(object_keys.STAGING_PREFIX)
    assert object_keys.result_key("v", 1).startswith(object_keys.VIDEOS_PREFIX)
    assert object_keys.receipt_key("v", 1).startswith(object_keys.VIDEOS_PREFIX)
