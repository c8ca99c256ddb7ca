"""The workflows in n8n's editor, in a real browser; screenshots are kept in build/n8n/pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.n8n.conftest import FORM_USER, Studio
from tests.waiting import eventually
from vcpctl.n8n.workflows import COMPRESS, FOLDER, NOTE, NOTIFY, read_workflow

if "VCP_TEST_N8N" not in os.environ:
    pytest.skip("needs the real n8n: make test-n8n", allow_module_level=True)

CHROMIUM = Path("/usr/bin/chromium")
WIDTH, HEIGHT = 2000, 1250
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
#: n8n covers a newly published workflow with a checklist.
_REMOVE_CHECKLIST = """
    [...document.querySelectorAll('body *')]
        .filter(e => !e.children.length && e.innerText == 'Production Checklist')
        .forEach(e => e.closest('[data-radix-popper-content-wrapper], [role=dialog], .el-popper')?.remove())
"""
Box = dict[str, float]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip("needs a browser:  sudo apt-get install chromium")
    from playwright.sync_api import sync_playwright  # type: ignore[import-not-found,unused-ignore]

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(_QUIET))
        yield running
        running.close()


@pytest.fixture(scope="module")
def owner(browser: Any, open_studio: Studio) -> Iterator[Any]:
    """A page with n8n's owner signed in."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    cookies = [{"name": c.name, "value": c.value, "url": open_studio.n8n.url} for c in open_studio.n8n.session.cookies]
    context.add_cookies(cookies)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def pictures(install: Path) -> Path:
    place = install / "pictures"
    place.mkdir(exist_ok=True)
    return place


def overlap(one: Box, other: Box) -> bool:
    apart = (
        one["x"] + one["width"] <= other["x"]
        or other["x"] + other["width"] <= one["x"]
        or one["y"] + one["height"] <= other["y"]
        or other["y"] + other["height"] <= one["y"]
    )
    return not apart


def boxes(page: Any) -> dict[str, Box]:
    """Return node id -> its box on the canvas, including the name below it."""
    found: dict[str, Box] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('.vue-flow__node')].map(node => {
            const all = [node, ...node.querySelectorAll('[data-test-id=canvas-node] *')]
                .map(e => e.getBoundingClientRect()).filter(r => r.width && r.height);
            const x = Math.min(...all.map(r => r.left)), y = Math.min(...all.map(r => r.top));
            const right = Math.max(...all.map(r => r.right)), bottom = Math.max(...all.map(r => r.bottom));
            return [node.dataset.id, {x, y, width: right - x, height: bottom - y}];
        }))"""
    )
    return found


@pytest.mark.parametrize("name", [COMPRESS, NOTIFY])
def test_nodes_do_not_overlap_and_notes_are_not_cut_off(
    owner: Any, open_studio: Studio, pictures: Path, name: str
) -> None:
    workflow = read_workflow(name)
    steps, notes = (
        {node["id"]: node["name"] for node in workflow["nodes"] if (node["type"] == NOTE) is is_note}
        for is_note in (False, True)
    )
    owner.goto(f"{open_studio.n8n.url}/workflow/{workflow['id']}", wait_until="domcontentloaded")
    owner.wait_for_function(
        "n => document.querySelectorAll('[data-test-id=canvas-node]').length == n", arg=len(steps), timeout=90_000
    )
    owner.evaluate(_REMOVE_CHECKLIST)
    owner.locator("[data-test-id=zoom-to-fit]").click()
    owner.wait_for_timeout(1000)  # the canvas is animated
    owner.screenshot(path=pictures / f"{name.removesuffix('.json')}.png")
    drawn = {steps[key]: box for key, box in boxes(owner).items() if key in steps}
    assert set(drawn) == set(steps.values())
    for (one, its), (other, others) in combinations(drawn.items(), 2):
        assert not overlap(its, others), f"{one} and {other}"
    cut_off = owner.evaluate(
        "[...document.querySelectorAll('[data-test-id=sticky] *')].filter(e => e.scrollHeight > e.clientHeight + 2 "
        "&& getComputedStyle(e).overflowY != 'visible').map(e => e.innerText.slice(0, 60))"
    )
    assert cut_off == []
    assert owner.locator("[data-test-id=sticky]").count() == len(notes)


def test_an_imported_file_finds_its_credentials_by_name(owner: Any, open_studio: Studio) -> None:
    """As in docs/n8n.md: a new workflow, *Import from file*."""
    n8n = open_studio.n8n
    before = {each["id"] for each in n8n.call("GET", "workflows")}
    owner.goto(f"{n8n.url}/workflow/new", wait_until="domcontentloaded")
    owner.locator("[data-test-id=workflow-import-input]").set_input_files(FOLDER / COMPRESS)
    owner.wait_for_selector("[data-test-id=canvas-node]", timeout=60_000)

    def imported() -> list[dict[str, Any]]:
        found = [each["id"] for each in n8n.call("GET", "workflows") if each["id"] not in before]
        return list(n8n.call("GET", f"workflows/{found[0]}")["nodes"]) if found else []

    imported_nodes = eventually(imported, 60, "the workflow in n8n")
    assert {node["name"] for node in imported_nodes} == {node["name"] for node in read_workflow(COMPRESS)["nodes"]}
    known = {each["name"]: each["id"] for each in n8n.call("GET", "credentials")}
    references = [reference for node in imported_nodes for reference in node.get("credentials", {}).values()]
    assert len(references) == 3
    assert all(reference["id"] == known[reference["name"]] for reference in references), references


def test_the_form_and_its_answer(browser: Any, open_studio: Studio, pictures: Path) -> None:
    context = browser.new_context(
        viewport={"width": 700, "height": 620},
        http_credentials={"username": FORM_USER[0], "password": FORM_USER[1]},
    )
    page = context.new_page()
    page.goto(f"{open_studio.n8n.url}/form/compress-a-video")
    page.screenshot(path=pictures / "form.png")
    page.get_by_label("Link to the video in Google Drive").fill("my film")
    page.get_by_role("button", name="Compress it").click()
    page.get_by_text("The video was not submitted").wait_for()
    page.screenshot(path=pictures / "form-answer.png")

    def status() -> str:
        return open_studio.executions()[-1].status

    # Viewing the page ends the execution; without that it ends after 15 minutes.
    eventually(lambda: status() == "success", 30, f"the end of the form's execution, which is {status()}")
    context.close()
