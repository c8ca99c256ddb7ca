"""Wrong values of every key of the configuration."""

from __future__ import annotations

import json

from tests.infra.harness import AIRTABLE_TOKEN, image

TAG = "210987654321.dkr.ecr.eu-central-1.amazonaws.com/vcp-media:latest"
TAG_AND_DIGEST = TAG + "@sha256:" + "5e" * 32
DOCKER_HUB = "docker.io/library/python@sha256:" + "0" * 64
INCOMPLETE_KEY = json.dumps({"type": "service_account", "client_email": "a@b.iam.gserviceaccount.com"})
DAY = "86400"
MEMORY = "128 10240"

#: Key -> what an error says is allowed (one of these words), wrong values as Pulumi passes them. None: not set.
WRONG: dict[str, tuple[str, list[str | None]]] = {
    "limitBytes": (
        "1000000 5497558138880",
        ["0", "-5000000000", "5497558138881", "five", "5GB", "5e+09", "5000000000.5", "true", "", " "],
    ),
    "compressAboveBytes": ("0", ["-1"]),
    "minHeight": ("144", ["143", "720p"]),
    "syncToleranceMs": ("1", ["0"]),
    "tempDays": ("1", ["-1", "0", "7 days"]),
    "compressedColdAfterDays": ("1", ["0"]),
    "compressedColdClass": ("'STANDARD_IA'", ["DEEP_ARCHIVE", "GLACIER", "standard_ia"]),
    "noncurrentVersionDays": ("3650", ["3651"]),
    "logDays": ("3653", ["8"]),
    "protectData": ("", ["perhaps", "1", ""]),
    "mediaImage": ("digest,", [TAG, TAG_AND_DIGEST, "", None]),
    "coreImage": ("digest,", [DOCKER_HUB, image("vcp-core")[:-1], None]),
    "googleServiceAccountKey": ("private_key,", ["{}", "[]", "key.json", INCOMPLETE_KEY, "", None]),
    "driveEndpoint": (
        "https",
        [
            "http://www.googleapis.com",
            "https://user@www.googleapis.com",
            "https://www.googleapis.com?alt=json",
            "https://[::1",
            "www.googleapis.com",
        ],
    ),
    "airtableEndpoint": ("https", ["https://api.airtable.com/", ""]),
    "watchedFolder": (
        "(https://drive.google.com/drive/folders/...)",
        [
            "Incoming",
            f"https://example.com/drive/folders/{'1' * 33}",
            f"https://drive.google.com/file/d/{'1' * 33}/view",
        ],
    ),
    "airtableToken": ("required", [None]),
    "airtableBaseId": ("app", ["base1", "app0123456789ABCD/tbl1"]),
    "airtableTable": ("1", [""]),
    "airtableCallsPerSecond": ("0 5", ["6", "0"]),
    "mailRecipients": (
        "e-mail string tuple",
        ['["someone"]', '["a@example.com, b@example.com"]', '["a@example.com", "A@example.com"]', '["a@b.com", 5]', ""],
    ),
    "alarmRecipients": ("tuple", ["ops@example.com", '{"ops": "ops@example.com"}']),
    "alarms": ("", ["yes"]),
    "n8nInvoker": ("", ["on"]),
    "bareNames": ("", ["True"]),
    "permissionsBoundary": ("arn:aws:iam::<account>:policy/<name>", ["vcp-boundary-dev", "arn:aws:iam::1:policy/x"]),
    "maxConcurrentTransfers": ("2", ["1"]),
    "intakeMemoryMb": (MEMORY, ["10241"]),
    "transferMemoryMb": (MEMORY, ["127"]),
    "completionMemoryMb": (MEMORY, ["1GB"]),
    "airtableSyncMemoryMb": (MEMORY, ["0"]),
    "notifierMemoryMb": (MEMORY, ["-512"]),
    "reconcilerMemoryMb": (MEMORY, [""]),
    "transferTimeoutSeconds": ("900", ["901"]),
    "completionTimeoutSeconds": ("1", ["0"]),
    "logLevel": ("'INFO',", ["LOUD", "debug", ""]),
    "leaseSeconds": ("0", ["0", "1.5"]),
    "heartbeatSeconds": ("0", ["0"]),
    "handoverMarginSeconds": ("0", ["-90"]),
    "transferRetryDelaySeconds": ("900", ["901"]),
    "scanRetryDelaySeconds": ("900", ["901"]),
    "partBytes": ("5242880", ["5242879"]),
    "parallelParts": ("16", ["17"]),
    "queueTimeoutSeconds": (DAY, ["86401"]),
    "transcodeTimeoutSeconds": (DAY, ["15 minutes"]),
    "statusUpdateSeconds": ("10", ["9"]),
    "mailLeaseSeconds": ("60", ["60"]),
    "reconcileRate": ("rate(1", ["rate(1 minutes)", "rate(0 minutes)", "cron(0 * * * ? *)", "5"]),
    "relistSeconds": ("0", ["0", "daily"]),
    "transferMaxReceives": ("1", ["0"]),
    "asyncRetries": ("2", ["3"]),
    "asyncMaxAgeSeconds": ("60", ["59"]),
    "eventRetries": ("185", ["186"]),
    "eventMaxAgeSeconds": ("60", ["59"]),
    "streamRetries": ("0", ["-1"]),
    "streamMaxAgeSeconds": (DAY, ["86401"]),
}

#: Key whose value does not fit the others', the values, and what is allowed.
CONFLICTS: list[tuple[str, dict[str, str | None], str]] = [
    ("compressAboveBytes", {"compressAboveBytes": "5000000001"}, "at most limitBytes"),
    (
        "compressedColdAfterDays",
        {"compressedColdClass": "STANDARD_IA", "compressedColdAfterDays": "29"},
        "at least 30 with STANDARD_IA",
    ),
    ("mediaImage", {"mediaImage": image("vcp-media", "us-west-2")}, "in the region of the stack"),
    ("coreImage", {"coreImage": image("vcp-core", "us-west-2")}, "in the region of the stack"),
    ("airtableBaseId", {"airtableBaseId": "app0123456789ABCD"}, "set together with airtableToken"),
    ("airtableBaseId", {"airtableToken": AIRTABLE_TOKEN}, "set together with airtableToken"),
    ("alarmRecipients", {"alarms": "false", "alarmRecipients": '["ops@example.com"]'}, "empty if alarms is false"),
    ("transferMemoryMb", {"transferMemoryMb": "511"}, "at least 4 times partBytes x parallelParts"),
    ("heartbeatSeconds", {"heartbeatSeconds": "61"}, "at most half of leaseSeconds"),
    ("handoverMarginSeconds", {"handoverMarginSeconds": "451"}, "at most half of transferTimeoutSeconds"),
    (
        "mailLeaseSeconds",
        {"mailLeaseSeconds": "91", "streamMaxAgeSeconds": "180"},
        "at most half of streamMaxAgeSeconds",
    ),
]
