"""Load the encoder tables from the package's data."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from msgspec import json

from vcp.domain.model.encoder_tables import EncoderTables


@cache
def load_tables() -> EncoderTables:
    """Load `vcp/domain/data/encoder_tables.json` once. Raises `msgspec.ValidationError`."""
    data = files("vcp.domain").joinpath("data", "encoder_tables.json").read_text(encoding="utf-8")
    return json.decode(data, type=EncoderTables)
