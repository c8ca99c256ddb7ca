"""CloudWatch metrics that functions write and alarms read."""

NAMESPACE = "VideoPipeline"
VIDEO_ENDED = "VideoEnded"
BYTES_TRANSFERRED = "BytesTransferred"
SECONDS_TRANSFERRED = "TransferSeconds"
RECONCILED = "Reconciled"
#: Files that the folder scan submitted, and those that failed.
SCAN_SUBMITTED = "ScanSubmitted"
SCAN_FAULTS = "ScanFaults"
STATE_DIMENSION = "State"
