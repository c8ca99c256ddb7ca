"""The permissions boundary of a stack: the maximum permissions of its functions, MediaConvert and n8n.

The pipeline's own program grants less to each of them. A change there that needs more than this requires a change of
the foundation first.
"""

from __future__ import annotations

from foundation.place import Place, below
from infra.policies import Statement, allow
from vcp.wire import ledger_table

_MEDIACONVERT = "mediaconvert.amazonaws.com"


def statements(place: Place) -> list[Statement]:
    """Return the boundary's statements."""
    (table,) = place.ours("dynamodb", "table/", "ledger")
    (transcode,) = place.ours("mediaconvert", "queues/", "transcode")
    return [
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], place.logs(":*")),
        allow(
            [
                "s3:GetObject",
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
            ],
            below(place.buckets, "/*"),
        ),
        allow(["s3:ListBucket"], place.buckets),
        allow(
            [
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
                "dynamodb:Query",
            ],
            [table, f"{table}/index/{ledger_table.DUE_INDEX}"],
        ),
        allow(
            [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ],
            [f"{table}/stream/*"],
        ),
        allow(
            [
                "sqs:SendMessage",
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ChangeMessageVisibility",
            ],
            place.ours("sqs"),
        ),
        allow(["sns:Publish"], place.ours("sns")),
        allow(["secretsmanager:GetSecretValue"], place.ours("secretsmanager", "secret:")),
        allow(["lambda:InvokeFunction"], [*place.functions, *below(place.functions, ":$LATEST")]),
        allow(["mediaconvert:CreateJob", "mediaconvert:ListJobs"], [transcode]),
        allow(["mediaconvert:GetJob"], [place.arn("mediaconvert", "jobs/*")]),
        allow(["mediaconvert:GetPreset"], place.ours("mediaconvert", "presets/")),
        allow(
            ["iam:PassRole"], place.iam("role", "transcode"), {"StringEquals": {"iam:PassedToService": _MEDIACONVERT}}
        ),
    ]
