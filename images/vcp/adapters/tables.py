"""The encoder tables out of the package's own data."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from vcp.domain.tables import EncoderTables


@cache
def load_tables() -> EncoderTables:
    """Read and check `vcp/domain/data/encoder_tables.json` once. Raises `pydantic.ValidationError`."""
    data = files("vcp.domain").joinpath("data", "encoder_tables.json").read_text(encoding="utf-8")
    return EncoderTables.model_validate_json(data)
