"""Draw the picture of a page that the README shows, from the built site: `.venv/bin/python book/_ext/picture.py`."""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "_build/html/book/structured_data/coupling.html"
SECTION = "the-theorem-at-work"

if __name__ == "__main__":
    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1500})
        page.goto(PAGE.as_uri())
        page.wait_for_function("window.MathJax && MathJax.startup && MathJax.startup.promise")
        page.evaluate("MathJax.startup.promise")
        page.locator(f"section#{SECTION}").evaluate("section => section.scrollIntoView()")
        page.wait_for_timeout(500)
        page.screenshot(path=ROOT / "book/_static/readme-page.png")
        browser.close()
