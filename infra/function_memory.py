"""What each function was measured to need of memory, and by how much a stack gives more.

`python -m benchmarks.peak_memory` measures it from the images and says when a peak has risen; the figures of
docs/images.md are of the same run. What a stack gives by default stands in Pulumi.yaml; a test holds it against this.
"""

#: Function key -> MB resident at most, ffprobe with it. Transfer: with all the default parts that it may hold.
PEAK_MB = {
    "intake": 67,
    "transfer": 355,
    "completion": 65,
    "airtable_sync": 63,
    "notifier": 42,
    "reconciler": 61,
}
#: The least that is given: peaks of small films on one machine, while Lambda ends a function at its first byte above.
MARGIN = 1.5
