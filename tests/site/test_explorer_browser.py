"""Explorers in a real browser: every slider moved by keyboard, no network, and a reader without JavaScript."""

from pathlib import Path

import pytest

from overparam import figures
from overparam.explore import explore

STYLE = Path(__file__).parents[2] / "book" / "_static" / "overparam.css"
WIDTHS, SLOPES, ANGLES = [1, 2, 4], [0.5, 1.0, 1.5, 2.0], ["flat", "steep"]


def line(width, slope):
    figure, axes = figures.subplots()
    axes.plot([0, 1], [0, slope / width])
    axes.set(ylim=(0, 2))
    return figure


def level(angle):
    figure, axes = figures.subplots()
    axes.plot([0, 1], [0, ANGLES.index(angle)], color="k")
    return figure


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    """A page with two explorers, one of them shown twice, in the theme's two modes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OVERPARAM_BUILD", "1")
        first = explore(
            line,
            caption="Slope $s/m$.",
            alt=lambda width, slope: f"Width {width}, slope {slope}.",
            width=WIDTHS,
            slope=SLOPES,
        )
        second = explore(level, caption="Angle.", alt="A line.", angle=ANGLES)
    file = tmp_path_factory.mktemp("explorers") / "page.html"
    file.write_text(
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Explorers</title><style>{STYLE.read_text()}"
        "html{--pst-color-text-base:#222832;background:#fff}"
        "html[data-theme=dark]{--pst-color-text-base:#ced6dd;background:#121212}</style><body>"
        f"{first.html}{second.html}{second.html}",
        encoding="utf-8",
    )
    return file


def shown(page, which: int):
    """What a reader sees of an explorer: the pixels of its picture."""
    return page.locator(".overparam-explorer svg").nth(which).screenshot()


def test_every_slider_moves_its_own_picture_by_keyboard(page_file, reader):
    window = reader()
    page = window.open(page_file)
    sliders = page.get_by_role("slider")
    assert sliders.count() == 4
    for index, explorer in enumerate([0, 0, 1, 2]):
        others = [number for number in range(3) if number != explorer]
        before, elsewhere = shown(page, explorer), [shown(page, number) for number in others]
        slider = sliders.nth(index)
        slider.focus()
        seen = [before]
        for key in ("ArrowRight", "End", "Home"):
            page.keyboard.press(key)
            seen.append(shown(page, explorer))
        assert seen[1] != before and seen[3] == before
        assert (seen[2] != seen[1]) == (slider.get_attribute("max") != "1")
        assert [shown(page, number) for number in others] == elsewhere
    assert window.outside == [] and window.errors == []


def test_every_frame_is_where_its_sliders_say(page_file, reader):
    page = reader().open(page_file)
    explorer = page.locator(".overparam-explorer").first
    seen = set()
    for width in range(len(WIDTHS)):
        page.get_by_role("slider", name="width").fill(str(width))
        for slope in range(len(SLOPES)):
            page.get_by_role("slider", name="slope").fill(str(slope))
            name = explorer.get_by_role("img").get_attribute("aria-label")
            assert name == f"Width {WIDTHS[width]}, slope {SLOPES[slope]}."
            assert explorer.locator("output").all_inner_texts() == [str(WIDTHS[width]), f"{SLOPES[slope]:g}"]
            texts = [slider.get_attribute("aria-valuetext") for slider in explorer.get_by_role("slider").all()]
            assert texts == [str(WIDTHS[width]), f"{SLOPES[slope]:g}"]
            assert explorer.locator("svg > g").count() == 1
            seen.add(shown(page, 0))
    assert len(seen) == len({slope / width for width in WIDTHS for slope in SLOPES})


def test_sliders_are_reached_by_tabulator(page_file, reader):
    page = reader().open(page_file)
    names = []
    for _ in range(4):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.labels[0].innerText.trim()"))
    assert names == ["width", "slope", "angle", "angle"]
    assert not page.get_by_text("In a browser with JavaScript").first.is_visible()


def test_a_reader_without_javascript_sees_the_first_frame(page_file, reader):
    page, scripted = reader(java_script_enabled=False).open(page_file), reader().open(page_file)
    picture = page.get_by_role("img", name="Width 1, slope 0.5.")
    assert picture.is_visible()
    assert picture.screenshot() == shown(scripted, 0)
    assert page.get_by_text("The picture is at width = 1, slope = 0.5. In a browser with JavaScript").is_visible()
    assert page.get_by_role("slider").count() == 0


def test_the_picture_follows_the_theme(page_file, reader):
    page = reader().open(page_file)

    def ink():
        return (
            page.locator(".overparam-explorer svg")
            .nth(1)
            .evaluate(
                "svg => [...new Set([...svg.querySelectorAll('path')].map(e => getComputedStyle(e).stroke))]"
                ".filter(c => c != 'none')"
            )
        )

    assert ink() == ["rgb(34, 40, 50)"]
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert ink() == ["rgb(206, 214, 221)"]


def test_paper_shows_the_current_picture_and_its_values_without_controls(page_file, reader):
    page = reader().open(page_file)
    page.get_by_role("slider", name="width").fill("2")
    page.emulate_media(media="print")
    explorer = page.locator(".overparam-explorer").first
    assert explorer.get_by_role("img", name="Width 4, slope 0.5.").is_visible()
    assert not explorer.locator("input").first.is_visible()
    names, values = (explorer.locator(part).all() for part in ("label", "output"))
    for name, value in zip(names, values, strict=True):
        left, right = name.locator("span").bounding_box(), value.bounding_box()
        assert left["x"] + left["width"] <= right["x"] and abs(left["y"] - right["y"]) < 5, (
            "each value is beside its name"
        )


@pytest.mark.parametrize("width", [320, 400, 1200])
def test_nothing_is_wider_than_the_window(page_file, reader, width):
    page = reader(viewport={"width": width, "height": 800}).open(page_file)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("svg").first.bounding_box()["width"] <= 615
