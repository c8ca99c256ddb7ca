"""A function's answer about failed records: single records, or the whole batch."""

from __future__ import annotations

import pytest

from localcloud.lambdahost.mappings.records import failed_items


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (b"", []),
        (b"null", []),
        (b"{}", []),
        (b'{"batchItemFailures": []}', []),
        (b'{"batchItemFailures": null}', []),
        (b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', ["b"]),
        (b'{"batchItemFailures": [{"itemIdentifier": "c"}, {"itemIdentifier": "a"}]}', ["a", "c"]),
        (b'{"batchItemFailures": [{"itemIdentifier": ""}]}', None),
        (b'{"batchItemFailures": [{"itemIdentifier": null}]}', None),
        (b'{"batchItemFailures": [{"wrongKey": "b"}]}', None),
        (b'{"batchItemFailures": [{"itemIdentifier": "stranger"}]}', None),
        (b'{"batchItemFailures": ["b"]}', None),
        (b'{"batchItemFailures": "b"}', None),
        (b'{"other": 1}', None),
        (b'"done"', None),
        (b"no json", None),
    ],
)
def test_reads_batch_item_failures_as_documented(answer: bytes, failed: list[str] | None) -> None:
    assert failed_items(answer, ["a", "b", "c"]) == failed
