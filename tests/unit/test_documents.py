"""The documents match the repository: links, make commands, tables."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from vcp.domain.video.states import LEGAL_MOVES

ROOT = Path(__file__).parents[2]
IGNORED = {"build", "node_modules"}
DOCUMENTS = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part in IGNORED or part.startswith(".") for part in path.relative_to(ROOT).parts)
)
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
RECORDS = sorted((ROOT / "docs" / "adr").glob("*.md"))
SECTIONS = ["Context", "Decision", "Consequences", "What would change our mind"]

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^|(?<=\n\n))(?: {4}.*\n?)+", re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_EXTERNAL = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_MAKE = re.compile(r"(?:`|^\s{0,6}|&& )make ([a-z][a-z0-9-]*)", re.MULTILINE)
_TARGET = re.compile(r"^([a-z][a-z0-9-]*):(?!=)(.*)$", re.MULTILINE)
_SENTENCE = re.compile(r"^ {2}make (\S+) +(\S.*)$", re.MULTILINE)
_OPTION = re.compile(r"\b([A-Z_]+)=")
_MAKE_OPTIONS = re.compile(r"\bmake ([a-z0-9-]+)((?: [A-Z_]+=\S*)+)")


def prose(text: str) -> str:
    """Return Markdown without code, which has no links."""
    return _CODE.sub("", _INDENTED.sub("", _FENCE.sub("", text)))


def links(text: str) -> Iterator[str]:
    for match in _LINK.finditer(prose(text)):
        yield match[1] or match[2]


def anchors(text: str) -> set[str]:
    """Return the anchors of the headings as GitHub makes them: lower case, words joined by hyphens."""
    headings = (heading.lower() for heading in _HEADING.findall(_FENCE.sub("", text)))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}


def broken(document: Path, text: str) -> Iterator[str]:
    """Yield the broken links of a document. Links to other hosts are not followed."""
    for link in links(text):
        if not _EXTERNAL.match(link) and not is_valid(document, link):
            yield link


def is_valid(document: Path, link: str) -> bool:
    """Return whether a relative link is to a file in this repository, and its anchor to a heading there."""
    path, _, anchor = link.partition("#")
    target = (document.parent / unquote(path)).resolve() if path else document
    if not target.is_relative_to(ROOT) or not target.exists():
        return False
    return not anchor or (target.suffix == ".md" and anchor in anchors(target.read_text("utf-8")))


def table_rows(text: str, header: str) -> list[list[str]]:
    """Return the cells of the table whose header row begins with `header`."""
    _, found, rest = text.partition(f"\n{header}")
    assert found, f"no table {header}"
    lines = rest.splitlines()[2:]
    last = next((number for number, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[:last]]


def targets(makefile: str) -> set[str]:
    return {name for name, _ in _TARGET.findall(makefile)}


@pytest.fixture(scope="module")
def makefile() -> str:
    return (ROOT / "Makefile").read_text("utf-8")


@pytest.fixture(scope="module")
def readme() -> str:
    return (ROOT / "README.md").read_text("utf-8")


def test_finds_the_documents() -> None:
    names = {str(path.relative_to(ROOT)) for path in DOCUMENTS}
    assert names >= {"README.md", "docs/architecture.md", "docs/operations.md", "docs/configuration.md"}
    assert names >= {"localcloud/README.md", "rendering/README.md"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_is_valid(document: Path) -> None:
    assert list(broken(document, document.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("see [this](docs/nothing.md) and [that](README.md)", ["docs/nothing.md"]),
        ("see [this](../outside.md)", ["../outside.md"]),
        ("see [this](README.md#how-it-works), [that](README.md#no-such-heading)", ["README.md#no-such-heading"]),
        ("[a]: docs/nothing.md", ["docs/nothing.md"]),
        ("`[code](nothing.md)`, [web](https://example.com/x)\n\n    [more](code.md)\n", []),
    ],
)
def test_reports_a_broken_link(text: str, wrong: list[str]) -> None:
    assert list(broken(ROOT / "TEXT.md", text)) == wrong


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_command_in_a_document_exists(document: Path, makefile: str) -> None:
    assert set(_MAKE.findall(document.read_text("utf-8"))) <= targets(makefile)


def test_the_readme_has_the_commands_that_a_newcomer_needs(readme: str) -> None:
    assert set(_MAKE.findall(readme)) >= {"demo", "test", "check", "help"}


def test_make_help_lists_every_target(makefile: str) -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {name for name, _ in _SENTENCE.findall(shown)} == targets(makefile)


def test_no_target_is_mistaken_for_a_file(makefile: str) -> None:
    assert {name for line in re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE) for name in line.split()} == (
        targets(makefile)
    )


def test_every_option_of_the_demo_is_documented(makefile: str) -> None:
    rows = table_rows((ROOT / "docs" / "demo.md").read_text("utf-8"), "| option |")
    documented = {match[1] for row in rows if (match := _OPTION.match(row[0].strip("`")))}
    (text,) = re.findall(r"^demo:.*## (.+)$", makefile, re.MULTILINE)
    assert documented == set(_OPTION.findall(text))


@pytest.mark.parametrize("document", [*DOCUMENTS, *WORKFLOWS], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_option_in_a_document_exists(document: Path, makefile: str) -> None:
    helps = dict(re.findall(r"^([a-z0-9-]+):.*?## (.*)$", makefile, re.MULTILINE))
    for target, options in _MAKE_OPTIONS.findall(document.read_text("utf-8")):
        assert set(_OPTION.findall(options)) <= set(_OPTION.findall(helps.get(target, ""))), target


def test_the_index_links_to_every_document() -> None:
    linked = set(links((ROOT / "docs" / "index.md").read_text("utf-8")))
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"} <= linked


def test_the_folders_in_the_index_exist() -> None:
    rows = table_rows((ROOT / "docs" / "index.md").read_text("utf-8"), "| folder |")
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row[0])]
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_architecture_lists_the_moves_between_states() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    listed = {row[0]: row[1] for row in table_rows(text, "| from | may go to |")}
    legal = {str(before or "(new)"): ", ".join(sorted(after)) or "nothing" for before, after in LEGAL_MOVES.items()}
    assert listed == legal


def test_decisions_are_numbered_without_gaps() -> None:
    assert [path.name[:4] for path in RECORDS] == [f"{number:04d}" for number in range(1, len(RECORDS) + 1)]
    for number, path in enumerate(RECORDS, start=1):
        assert path.read_text("utf-8").startswith(f"# {number}. "), path.name


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_decision_has_its_sections(record: Path) -> None:
    sections = re.findall(r"^\*\*([^*]+)\.\*\*", record.read_text("utf-8"), re.MULTILINE)
    assert sections == SECTIONS
