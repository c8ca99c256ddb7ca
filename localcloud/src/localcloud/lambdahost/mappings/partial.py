"""ReportBatchItemFailures: which records of a batch a function says it has not handled.

Source: "Reporting batch item failures" of SQS and of DynamoDB streams in the developer guide. An answer that
cannot be understood is a failure of the whole batch.
"""

from __future__ import annotations

import json
from collections.abc import Sequence


def failed_items(answer: bytes, identifiers: Sequence[str]) -> list[str] | None:
    """The identifiers that failed, in the batch's order; None when the whole batch counts as failed."""
    try:
        document = json.loads(answer or b"null")
    except ValueError:
        return None
    if document is None or document == {} or document == "":
        return []
    if not isinstance(document, dict):
        return None
    failures = document.get("batchItemFailures")
    if "batchItemFailures" in document and (failures is None or failures == []):
        return []
    if not isinstance(failures, list):
        return None
    named = {each.get("itemIdentifier") if isinstance(each, dict) else None for each in failures}
    if not named <= set(identifiers):
        return None
    return [each for each in identifiers if each in named]
