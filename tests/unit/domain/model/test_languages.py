"""Language tags and names."""

from __future__ import annotations

import botocore.session
import pytest

from vcp.domain.model.languages import SERVICE_CODES, Language, language_name, read_language


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("eng", Language("eng")),
        ("日本語", Language(None, "日本語")),
        ("a1b", Language(None, "a1b")),
        ("und-US", Language(None, "und-us")),
        ("FRE", Language("fra")),
        ("ger", Language("deu")),
        ("en", Language("eng")),
        ("pt-BR", Language("por", "pt-br")),
        ("es_419", Language("spa", "es-419")),
        ("fil", Language("fil")),
        ("und", Language(None)),
        ("", Language(None)),
        (None, Language(None)),
        ("english", Language(None, "english")),
        ("12", Language(None, "12")),
    ],
)
def test_language_tags_are_normalized(tag: str | None, language: Language) -> None:
    assert read_language(tag) == language


def test_service_codes_are_those_of_mediaconverts_model() -> None:
    model = botocore.session.get_session().get_service_model("mediaconvert")
    enum = model.shape_for("LanguageCode").enum  # type: ignore[attr-defined]
    assert frozenset(code.lower() for code in enum) == SERVICE_CODES


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("eng", "English"),
        ("deu", "German"),
        ("nob", "Norwegian Bokmål"),
        ("fil", "fil"),
        ("qaa", "qaa"),
        (None, "unknown language"),
    ],
)
def test_languages_have_english_names(code: str | None, name: str) -> None:
    assert language_name(code) == name
