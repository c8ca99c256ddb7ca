"""Spelling of identifiers across languages."""

from __future__ import annotations

import pytest

from vcp.domain.text.identifiers import camel_case


@pytest.mark.parametrize(
    ("field", "key"), [("attempt", "attempt"), ("temp_days", "tempDays"), ("n8n_invoker_of_all", "n8nInvokerOfAll")]
)
def test_a_field_is_camel_case_in_json(field: str, key: str) -> None:
    assert camel_case(field) == key
