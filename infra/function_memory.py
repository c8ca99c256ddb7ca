"""The memory that each function was measured to need, and the margin that a stack adds.

`python -m benchmarks.peak_memory` measures it in the images and fails when a peak has risen; docs/images.md has the
figures of the same run. Defaults are in Pulumi.yaml; a test compares them with these.
"""

from __future__ import annotations

#: Function key -> peak resident MB, including ffprobe. Transfer: with as many parts in memory as the defaults allow.
PEAK_MB = {
    "intake": 67,
    "transfer": 355,
    "completion": 65,
    "airtable_sync": 63,
    "notifier": 42,
    "reconciler": 61,
}
#: Peaks were measured with small videos on one machine, and Lambda kills a function at its first byte above the limit.
MARGIN = 1.5
#: A copy buffers for each part in progress the part itself and one that waits to be hashed (vcp.services.copying).
BUFFERS_PER_PARALLEL_PART = 2
MIB = 1024**2
