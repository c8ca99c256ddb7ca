"""What a delivered file must satisfy, resolved from the settings of stack, project and call."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, ValidationError, convert, to_builtins

from vcp.domain.value import Value

#: 5 GB as storage vendors and upload portals count it: powers of ten.
DEFAULT_LIMIT_BYTES = 5_000_000_000
#: A lower limit cannot hold even seconds of 720p: a typing error.
MIN_LIMIT_BYTES = 1_000_000
#: S3's largest object: 5 TiB (S3 user guide, "Uploading objects").
MAX_LIMIT_BYTES = 5 * 1024**4


class Contract(Value):
    """The requirements for one video, resolved once at intake and stored with the video."""

    limit_bytes: Annotated[
        int,
        Meta(ge=MIN_LIMIT_BYTES, le=MAX_LIMIT_BYTES, description="The result is smaller than this."),
    ] = DEFAULT_LIMIT_BYTES
    compress_above_bytes: Annotated[
        int, Meta(ge=0, le=MAX_LIMIT_BYTES, description="Files up to this size are skipped.")
    ] = DEFAULT_LIMIT_BYTES
    min_height: Annotated[
        int,
        Meta(
            ge=144,
            le=2160,
            description="Minimum short side in pixels, unless the source is smaller (then its own).",
        ),
    ] = 720
    sync_tolerance_ms: Annotated[
        int, Meta(ge=1, le=500, description="Maximum shift of audio against video, source to result.")
    ] = 40
    quality_floor_vmaf: Annotated[
        float,
        Meta(ge=0, le=100, description="Minimum mean VMAF of the result against its source; 0 for no minimum."),
    ] = 0.0

    def __post_init__(self) -> None:
        if self.compress_above_bytes > self.limit_bytes:
            raise ValidationError(
                f"compress_above_bytes ({self.compress_above_bytes}) is above limit_bytes ({self.limit_bytes}): "
                "files between the two would be skipped although they exceed the limit"
            )


def resolve(stack: Contract, *overrides: Mapping[str, Any] | None) -> Contract:
    """Merge the stack's defaults with the overrides of project and call, in this order; later ones win.

    An override that lowers only `limit_bytes` lowers `compress_above_bytes` as well: no file above the limit may be
    skipped.

    Raises `msgspec.ValidationError` for unknown fields, values out of range, and values that contradict each other.
    """
    merged: dict[str, Any] = to_builtins(stack)
    for override in overrides:
        given = dict(override or {})
        merged.update(given)
        if "limit_bytes" in given and "compress_above_bytes" not in given:
            merged["compress_above_bytes"] = min(merged["compress_above_bytes"], merged["limit_bytes"])
    return convert(merged, Contract)
