"""The system's Chromium, driven by Playwright; tests of pages skip where there is none."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
SERIOUS = ("serious", "critical")
"""Impacts of what axe finds that no page may have."""


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser that ends with the block; skips the test where no Chromium is installed."""
    program = next((path for path in map(shutil.which, NAMES) if path), None)
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is in PATH (apt-get install chromium)")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        started = playwright.chromium.launch(executable_path=program, args=arguments)
        yield started
        started.close()


def load(page: Page, path: Path, fragment: str = "") -> None:
    """Load a file anew, also where only the fragment is another."""
    page.goto("about:blank")
    page.goto(path.resolve().as_uri() + fragment)


def violations(page: Page) -> Sequence[dict[str, Any]]:
    """What axe-core finds of serious or critical impact, each with the elements it is about."""
    found = Axe().run(page).response["violations"]
    return [
        {"rule": one["id"], "about": [node["html"][:200] for node in one["nodes"]]}
        for one in found
        if one["impact"] in SERIOUS
    ]
