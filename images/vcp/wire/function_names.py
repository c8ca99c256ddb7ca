"""The names of the functions in AWS, which users and n8n workflows know."""

from __future__ import annotations

from collections.abc import Mapping

#: Function key -> name in AWS, without the stack's name. A key is also the name of the function's settings and handler.
FUNCTION_NAMES: Mapping[str, str] = {
    "intake": "video-file-processor",
    "transfer": "video-transfer",
    "completion": "completion-handler",
    "airtable_sync": "MetaDataLogger",
    "notifier": "video-notifier",
    "reconciler": "video-reconciler",
}
