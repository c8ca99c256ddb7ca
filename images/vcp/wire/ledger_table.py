"""Keys and indexes of the ledger table.

One table. `pk` is `VIDEO#<videoId>`, `FILE#<driveFileId>` or `SCAN#<driveFolderId>`; `sk` is the kind of item:

| sk | what |
|---|---|
| VIDEO | the video's record; every change increments `version`; the only items that stream consumers read |
| LEASE | the worker that holds the video, and until when |
| PROGRESS | stage and percent, for people; overwritten freely |
| MAIL#<attempt>#<kind> | a mail that was claimed or sent |
| LATEST | (under FILE#) the newest version of a Drive file |
| SCAN | (under SCAN#) the position of the scan of a watched folder |

Index `due`: active videos by the time at which the reconciler checks them.
"""

from __future__ import annotations

PARTITION_KEY = "pk"
SORT_KEY = "sk"
DUE_INDEX = "due"
#: Sparse: only active videos have it.
DUE_PARTITION_KEY = "due_partition"
DUE_SORT_KEY = "due_at"
DUE_PARTITION = "active"
VIDEO_SORT_KEY = "VIDEO"
LEASE_SORT_KEY = "LEASE"
PROGRESS_SORT_KEY = "PROGRESS"
LATEST_SORT_KEY = "LATEST"
SCAN_SORT_KEY = "SCAN"
STREAM_VIEW_TYPE = "NEW_AND_OLD_IMAGES"

#: FilterCriteria pattern of both stream consumers (Lambda developer guide, "DynamoDB filtering").
STREAM_FILTER = {"dynamodb": {"Keys": {SORT_KEY: {"S": [VIDEO_SORT_KEY]}}}}


def video_key(video_id: str) -> str:
    return f"VIDEO#{video_id}"


def file_key(file_id: str) -> str:
    return f"FILE#{file_id}"


def scan_key(folder_id: str) -> str:
    return f"SCAN#{folder_id}"


def mail_sort_key(attempt: int, kind: str) -> str:
    return f"MAIL#{attempt:04d}#{kind}"
