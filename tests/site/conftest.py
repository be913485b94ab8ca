"""A real browser with the network cut: what a page needs from elsewhere it does not get, and the test is told."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic"),
)


@pytest.fixture(scope="session")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


class Reader:
    """One reader's window. `outside` are the requests that were refused, `errors` what the page's scripts raised."""

    def __init__(self, browser: Browser, **options):
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.context: BrowserContext = browser.new_context(**options)
        self.context.route(re.compile(r"^(?!file:|data:|blob:)"), self._refuse)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _refuse(self, route: Route) -> None:
        self.outside.append(route.request.url)
        route.abort()

    def open(self, file: Path) -> Page:
        self.page.goto(file.resolve().as_uri())
        return self.page


@pytest.fixture
def reader(browser):
    """A function that opens a window; its options are Playwright's, such as java_script_enabled or viewport."""
    readers = []

    def open_window(**options) -> Reader:
        readers.append(Reader(browser, **options))
        return readers[-1]

    yield open_window
    for window in readers:
        window.context.close()


@pytest.fixture(scope="session")
def text_of():
    """A function that gives the text of a PDF, its sheets parted by form feeds."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext, of the package poppler-utils, is not installed")
    return lambda pdf: subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
