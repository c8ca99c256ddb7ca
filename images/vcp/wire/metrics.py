"""CloudWatch metric names that functions write and alarms read."""

NAMESPACE = "VideoPipeline"
VIDEO_ENDED = "VideoEnded"
BYTES_TRANSFERRED = "BytesTransferred"
SECONDS_TRANSFERRED = "TransferSeconds"
RECONCILED = "Reconciled"
#: Files that the scan announced to the door, and what went wrong on the way.
SCAN_SUBMITTED = "ScanSubmitted"
SCAN_FAULTS = "ScanFaults"
STATE_DIMENSION = "State"
