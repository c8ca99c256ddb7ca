"""CloudWatch metric names that functions write and alarms read."""

NAMESPACE = "VideoPipeline"
VIDEO_ENDED = "VideoEnded"
BYTES_TRANSFERRED = "BytesTransferred"
SECONDS_TRANSFERRED = "TransferSeconds"
RECONCILED = "Reconciled"
STATE_DIMENSION = "State"
