"""Wrong values of every key of the configuration, and the sentence that each is refused with."""

from __future__ import annotations

import json

from tests.infra.harness import AIRTABLE_TOKEN, image

TAG = "210987654321.dkr.ecr.eu-central-1.amazonaws.com/vcp-media:latest"
BOTH = TAG + "@sha256:" + "5e" * 32
HUB = "docker.io/library/python@sha256:" + "0" * 64
ELSEWHERE = image("vcp-core", "us-west-2").replace("210987654321", "999988887777")
ELSEWHERE_FOLDER = f"https://example.com/drive/folders/{'1' * 33}"
A_FILE = f"https://drive.google.com/file/d/{'1' * 33}/view"
HALF_A_KEY = json.dumps({"type": "service_account", "client_email": "a@b.iam.gserviceaccount.com"})

IMAGE = (
    "an image in ECR by its digest, <account>.dkr.ecr.<region>.amazonaws.com/<name>@sha256:<64 hex digits>; "
    "no tag, since a tag may move"
)
KEY = "the JSON key file of a Google service account"
URL = "an https URL without user, query or slash at its end (http only for 127.0.0.1)"
FOLDER = "empty, or a folder in Google Drive: its link (https://drive.google.com/drive/folders/...) or its id"
BASE = "empty, or the id of a base: app and 14 letters or digits, as in its URL"
BOUNDARY = "empty, or the ARN of an IAM policy, arn:aws:iam::<account>:policy/<name>"
MAILS = "a list of e-mail addresses, each once"
RATE = "a rate of EventBridge, such as rate(1 minute), rate(5 minutes) or rate(1 hour)"
BYTES = "a whole number from 1,000,000 to 5,497,558,138,880 (5 TiB)"
MEMORY = "a whole number from 128 to 10,240"
TIMEOUT = "a whole number from 1 to 900"
A_DAY = "a whole number from 1 to 86,400"
EVENT_AGE = "a whole number from 60 to 86,400"
COLD = "one of INTELLIGENT_TIERING, STANDARD_IA, GLACIER_IR"
LEVELS = "one of DEBUG, INFO, WARNING, ERROR"
FLAG = "true or false"

#: Key, the wrong value as Pulumi hands it over, how the refusal shows it, and what it says must be.
WRONG = [
    ("limitBytes", "0", "0", BYTES),
    ("limitBytes", "-5000000000", "-5000000000", BYTES),
    ("limitBytes", "5497558138881", "5497558138881", BYTES),
    ("limitBytes", "five", "'five'", BYTES),
    ("limitBytes", "5GB", "'5GB'", BYTES),
    ("limitBytes", "5e+09", "'5e+09'", BYTES),
    ("limitBytes", "5000000000.5", "5000000000.5", BYTES),
    ("limitBytes", "true", "true", BYTES),
    ("limitBytes", "", "empty", BYTES),
    ("compressAboveBytes", "-1", "-1", "a whole number from 0 to 5,497,558,138,880 (5 TiB)"),
    ("minHeight", "143", "143", "a whole number from 144 to 2,160"),
    ("minHeight", "720p", "'720p'", "a whole number from 144 to 2,160"),
    ("syncToleranceMs", "0", "0", "a whole number from 1 to 500"),
    ("tempDays", "-1", "-1", "a whole number from 1 to 365"),
    ("tempDays", "0", "0", "a whole number from 1 to 365"),
    ("tempDays", "7 days", "'7 days'", "a whole number from 1 to 365"),
    ("compressedColdAfterDays", "0", "0", "a whole number from 1 to 3,650"),
    ("compressedColdClass", "DEEP_ARCHIVE", "'DEEP_ARCHIVE'", COLD),
    ("compressedColdClass", "GLACIER", "'GLACIER'", COLD),
    ("compressedColdClass", "standard_ia", "'standard_ia'", COLD),
    ("overwrittenDays", "3651", "3651", "a whole number from 1 to 3,650"),
    (
        "logDays",
        "8",
        "8",
        "one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, "
        "3653, as CloudWatch keeps logs",
    ),
    ("protectData", "perhaps", "'perhaps'", FLAG),
    ("protectData", "1", "1", FLAG),
    ("protectData", "", "empty", FLAG),
    ("mediaImage", TAG, f"'{TAG}'", IMAGE),
    ("mediaImage", BOTH, f"'{BOTH}'", IMAGE),
    ("mediaImage", "", "empty", IMAGE),
    ("mediaImage", None, None, IMAGE),
    ("coreImage", HUB, f"'{HUB}'", IMAGE),
    ("coreImage", image("vcp-core")[:-1], f"'{image('vcp-core')[:-1]}'", IMAGE),
    ("coreImage", None, None, IMAGE),
    ("googleServiceAccountKey", "{}", "[secret]", f"{KEY}; its type is not service_account"),
    ("googleServiceAccountKey", "[]", "[secret]", f"{KEY}; its type is not service_account"),
    ("googleServiceAccountKey", "key.json", "[secret]", f"{KEY}; it is not JSON"),
    ("googleServiceAccountKey", HALF_A_KEY, "[secret]", f"{KEY}; it has no private_key and no token_uri"),
    ("googleServiceAccountKey", "", "empty", f"{KEY}; it is not JSON"),
    ("googleServiceAccountKey", None, None, KEY),
    ("driveEndpoint", "http://www.googleapis.com", "'http://www.googleapis.com'", URL),
    ("driveEndpoint", "https://user@www.googleapis.com", "'https://user@www.googleapis.com'", URL),
    ("driveEndpoint", "https://www.googleapis.com?alt=json", "'https://www.googleapis.com?alt=json'", URL),
    ("driveEndpoint", "https://[::1", "'https://[::1'", URL),
    ("driveEndpoint", "www.googleapis.com", "'www.googleapis.com'", URL),
    ("airtableEndpoint", "https://api.airtable.com/", "'https://api.airtable.com/'", URL),
    ("airtableEndpoint", "", "empty", URL),
    ("watchedFolder", "Incoming", "'Incoming'", FOLDER),
    ("watchedFolder", ELSEWHERE_FOLDER, f"'{ELSEWHERE_FOLDER}'", FOLDER),
    ("watchedFolder", A_FILE, f"'{A_FILE}'", f"{FOLDER}; this is the link of a file"),
    ("airtableToken", None, None, "a text"),
    ("airtableBaseId", "base1", "'base1'", BASE),
    ("airtableBaseId", "app0123456789ABCD/tbl1", "'app0123456789ABCD/tbl1'", BASE),
    ("airtableTable", "", "empty", "a text of 1 to 255 characters"),
    ("airtableCallsPerSecond", "6", "6", "a whole number from 1 to 5"),
    ("airtableCallsPerSecond", "0", "0", "a whole number from 1 to 5"),
    ("mailRecipients", '["nobody"]', '["nobody"]', f"{MAILS}; 'nobody' is none"),
    ("mailRecipients", '["a@example.com, b@example.com"]', None, f"{MAILS}; 'a@example.com, b@example.com' is none"),
    ("mailRecipients", '["a@example.com", "A@example.com"]', None, f"{MAILS}; a@example.com is there more than once"),
    ("mailRecipients", '["a@example.com", 5]', None, MAILS),
    ("mailRecipients", "", "empty", MAILS),
    ("alarmRecipients", "ops@example.com", "'ops@example.com'", MAILS),
    ("alarmRecipients", '{"ops": "ops@example.com"}', '\'{"ops": "ops@example.com"}\'', MAILS),
    ("alarms", "yes", "'yes'", FLAG),
    ("n8nInvoker", "on", "'on'", FLAG),
    ("bareNames", "True", "'True'", FLAG),
    ("permissionsBoundary", "vcp-boundary-dev", "'vcp-boundary-dev'", BOUNDARY),
    ("permissionsBoundary", "arn:aws:iam::1:policy/x", "'arn:aws:iam::1:policy/x'", BOUNDARY),
    ("maxConcurrentTransfers", "1", "1", "a whole number from 2 to 1,000"),
    ("intakeMemoryMb", "10241", "10241", MEMORY),
    ("transferMemoryMb", "127", "127", MEMORY),
    ("completionMemoryMb", "1GB", "'1GB'", MEMORY),
    ("airtableSyncMemoryMb", "0", "0", MEMORY),
    ("notifierMemoryMb", "-512", "-512", MEMORY),
    ("reconcilerMemoryMb", "", "empty", MEMORY),
    ("transferTimeoutSeconds", "901", "901", TIMEOUT),
    ("completionTimeoutSeconds", "0", "0", TIMEOUT),
    ("logLevel", "LOUD", "'LOUD'", LEVELS),
    ("logLevel", "debug", "'debug'", LEVELS),
    ("logLevel", "", "empty", LEVELS),
    ("leaseSeconds", "0", "0", A_DAY),
    ("leaseSeconds", "1.5", "1.5", A_DAY),
    ("heartbeatSeconds", "0", "0", A_DAY),
    ("handoverMarginSeconds", "-90", "-90", A_DAY),
    ("retryDelaySeconds", "901", "901", TIMEOUT),
    ("partBytes", "5242879", "5242879", "a whole number from 5,242,880 (5 MiB) to 536,870,912 (512 MiB)"),
    ("parallelParts", "17", "17", "a whole number from 1 to 16"),
    ("queueTimeoutSeconds", "86401", "86401", A_DAY),
    ("transcodeTimeoutSeconds", "15 minutes", "'15 minutes'", A_DAY),
    ("statusUpdateSeconds", "9", "9", "a whole number from 10 to 600"),
    ("mailLeaseSeconds", "60", "60", "a whole number from 61 to 86,400"),
    ("reconcileEvery", "rate(1 minutes)", "'rate(1 minutes)'", RATE),
    ("reconcileEvery", "rate(0 minutes)", "'rate(0 minutes)'", RATE),
    ("reconcileEvery", "cron(0 * * * ? *)", "'cron(0 * * * ? *)'", RATE),
    ("reconcileEvery", "5", "5", RATE),
    ("relistSeconds", "0", "0", A_DAY),
    ("relistSeconds", "daily", "'daily'", A_DAY),
    ("transferReceives", "0", "0", "a whole number from 1 to 1,000"),
    ("asyncRetries", "3", "3", "a whole number from 0 to 2"),
    ("asyncMaxAgeSeconds", "59", "59", "a whole number from 60 to 21,600"),
    ("eventRetries", "186", "186", "a whole number from 0 to 185"),
    ("eventMaxAgeSeconds", "59", "59", EVENT_AGE),
    ("streamRetries", "-1", "-1", "a whole number from 0 to 10,000"),
    ("streamMaxAgeSeconds", "86401", "86401", EVENT_AGE),
]

#: Values that are right by themselves, and the sentence about them together.
TOGETHER = [
    (
        {"compressAboveBytes": "5000000001"},
        "vcp:compressAboveBytes is 5000000001 with vcp:limitBytes 5000000000: it must be at most limitBytes, since "
        "files between the two would be left alone although they break the limit",
    ),
    (
        {"compressedColdClass": "STANDARD_IA", "compressedColdAfterDays": "29"},
        "vcp:compressedColdAfterDays is 29 with vcp:compressedColdClass 'STANDARD_IA': it must be at least 30 with "
        "STANDARD_IA, since S3 moves objects to that class no sooner",
    ),
    (
        {"mediaImage": image("vcp-media", "us-west-2")},
        f"vcp:mediaImage is '{image('vcp-media', 'us-west-2')}' with aws:region 'eu-central-1': it must be in the "
        "region of the stack, since Lambda takes images from repositories in its own region only",
    ),
    (
        {"coreImage": ELSEWHERE},
        f"vcp:coreImage is '{ELSEWHERE}' with aws:region 'eu-central-1': it must be in the region of the stack, since "
        "Lambda takes images from repositories in its own region only",
    ),
    (
        {"airtableBaseId": "app0123456789ABCD"},
        "vcp:airtableBaseId is 'app0123456789ABCD' with vcp:airtableToken empty: it must be set together with "
        "airtableToken, or left empty like it, since one without the other reaches no table",
    ),
    (
        {"airtableToken": AIRTABLE_TOKEN},
        "vcp:airtableBaseId is empty with vcp:airtableToken [secret]: it must be set together with airtableToken, or "
        "left empty like it, since one without the other reaches no table",
    ),
    (
        {"alarms": "false", "alarmRecipients": '["ops@example.com"]'},
        'vcp:alarmRecipients is ["ops@example.com"] with vcp:alarms false: it must be empty where alarms is false, '
        "since nobody there would ever hear of anything",
    ),
    (
        {"transferMemoryMb": "511"},
        "vcp:transferMemoryMb is 511 with vcp:partBytes 33554432 and vcp:parallelParts 4: it must be at least 4 times "
        "partBytes x parallelParts, since a copy holds up to half of that and the rest is for Python and ffprobe",
    ),
    (
        {"heartbeatSeconds": "61"},
        "vcp:heartbeatSeconds is 61 with vcp:leaseSeconds 120: it must be at most half of leaseSeconds, since one late "
        "heartbeat must not lose the lease",
    ),
    (
        {"handoverMarginSeconds": "451"},
        "vcp:handoverMarginSeconds is 451 with vcp:transferTimeoutSeconds 900: it must be at most half of "
        "transferTimeoutSeconds, since no time would be left to work",
    ),
    (
        {"mailLeaseSeconds": "91", "streamMaxAgeSeconds": "180"},
        "vcp:mailLeaseSeconds is 91 with vcp:streamMaxAgeSeconds 180: it must be at most half of streamMaxAgeSeconds, "
        "since the mail of a sender that died would be given up before it may be sent again",
    ),
]
