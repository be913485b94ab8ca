"""Figures: readable in both themes and in any colour vision, described, and safe beside each other on one page."""

import base64
import io
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from overparam import figures

WHITE, DARK_PAGE = "#ffffff", "#121212"  # the grounds of the theme's two modes

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear_rgb(colour: str) -> np.ndarray:
    srgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    """The contrast ratio of WCAG 2."""
    low, high = sorted(float(linear_rgb(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (a, b))
    return (high + 0.05) / (low + 0.05)


def oklab(linear: np.ndarray) -> np.ndarray:
    """Ottosson's OKLab, times 100: equal distances look equally different."""
    cones = [[0.41222, 0.53633, 0.05145], [0.21190, 0.68070, 0.10740], [0.08830, 0.28172, 0.62998]]
    axes = [[0.21045, 0.79362, -0.00407], [1.97800, -2.42859, 0.45059], [0.02590, 0.78277, -0.80868]]
    return 100 * np.array(axes) @ np.cbrt(np.array(cones) @ linear)


class Tags(HTMLParser):
    """Every element of an HTML text with its attributes."""

    def __init__(self, html: str):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.found if attribute in attributes]


def line_plot(slope: float = 1.0) -> Figure:
    figure, axes = figures.subplots()
    x = np.linspace(0, 1, 50)
    axes.plot(x, slope * x, label="line")
    axes.plot(x[::10], 0.5 * slope * x[::10], "o", label="points")
    axes.axhline(0.5, color="k")
    axes.set(xlabel="time $t$", ylabel="error", title="Title")
    axes.legend()
    return figure


@pytest.fixture(scope="module")
def html() -> str:
    return figures.show(line_plot(), alt="A line & points rise.", caption="Rises.").html


@pytest.mark.parametrize("colour", figures.COLOURS)
@pytest.mark.parametrize("ground", [WHITE, DARK_PAGE])
def test_a_colour_stands_out_in_both_modes(colour, ground):
    assert contrast(colour, ground) >= 3


@pytest.mark.parametrize("vision", VISION)
def test_colours_differ_in_every_colour_vision(vision):
    seen = [oklab(np.clip(np.array(VISION[vision]) @ linear_rgb(colour), 0, 1)) for colour in figures.COLOURS]
    distances = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(distances) >= 10


def test_contrast_is_that_of_the_standard():
    # The WCAG's own limits: black on white is 21, and #767676 the lightest grey of contrast 4.5 with white.
    assert contrast("#000000", WHITE) == pytest.approx(21)
    assert contrast("#767676", WHITE) >= 4.5 > contrast("#777777", WHITE)


def test_lines_differ_without_colour():
    _, axes = figures.subplots()
    lines = [axes.plot([0, 1])[0] for _ in figures.COLOURS]
    dashes = {(line.get_linestyle(), str(line._dash_pattern)) for line in lines}
    assert len(dashes) == len(lines) == len(figures.LINE_STYLES) == len(set(figures.MARKERS))
    assert [line.get_color() for line in lines] == list(figures.COLOURS)


def test_what_is_drawn_later_is_in_the_books_style():
    figure, axes = figures.subplots(1, 2, sharey=True)
    assert axes.shape == (2,)
    drawn = [axes[0].text(0, 0, "text"), axes[0].annotate("note", (0, 0)), figure.suptitle("all")]
    legend = axes[1].plot([0, 1], label="a") and axes[1].legend()
    sizes = {text.get_fontsize() for text in [*drawn, *legend.get_texts(), axes[1].title, axes[1].xaxis.label]}
    assert sizes == {12}
    assert not legend.get_frame_on()


def test_matplotlib_and_pyplot_are_left_as_they_were():
    settings = [name for name in matplotlib.rcParams if name != "backend"]  # to look at the backend is to choose one
    before = [matplotlib.rcParams[name] for name in settings]
    figures.show(line_plot(), alt="a line")
    assert [matplotlib.rcParams[name] for name in settings] == before
    code = "import sys; from overparam import figures; figures.show(figures.subplots()[0], alt='empty')"
    subprocess.run([sys.executable, "-c", f"{code}; assert 'matplotlib.pyplot' not in sys.modules"], check=True)


def test_the_same_figure_is_the_same_text(html):
    figure = line_plot()
    first = figures.show(figure, alt="A line & points rise.", caption="Rises.")
    second = figures.show(figure, alt="A line & points rise.", caption="Rises.")
    assert first.html == second.html == html
    assert first.png == second.png
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_figures as t;"
        "print(t.figures.show(t.line_plot(), alt='A line & points rise.', caption='Rises.').html, end='')"
    )
    other = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert other.stdout == html


def test_ids_are_defined_once_and_clash_with_no_other_figure(html):
    pages = [html, figures.show(line_plot(2.0), alt="A line & points rise.", caption="Rises.").html]
    pages += [figures.show(line_plot(), alt="The same picture elsewhere.").html]
    seen = set()
    for page in pages:
        tags = Tags(page)
        ids = tags.values("id")
        used = {href[1:] for href in tags.values("href")} | set(re.findall(r"url\(#([^)]+)\)", page))
        assert ids and len(ids) == len(set(ids))
        assert used <= set(ids)
        assert not seen & set(ids)
        seen |= set(ids)


def test_the_picture_is_named_and_captioned(html):
    picture = figures.show(
        line_plot(), alt=' A "line" < 1. ', caption=r"Slope $a<b_1$ for \$5 & more.", name="figure-4"
    )
    tags = Tags(picture.html)
    (svg,) = [attributes for tag, attributes in tags.found if tag == "svg"]
    assert svg["role"] == "img" and svg["aria-label"] == 'A "line" < 1.'
    assert tags.found[0] == ("figure", {"class": "overparam-figure", "id": "figure-4"})
    math = r'<span class="math notranslate nohighlight">\(a&lt;b_1\)</span>'
    assert f"<figcaption>Slope {math} for $5 &amp; more.</figcaption>" in picture.html
    assert repr(picture) == 'A "line" < 1.'
    assert "figcaption" not in figures.show(line_plot(), alt="a line").html
    assert "<title" not in html, "a title would pop up over the picture"


def test_ink_is_the_text_colour_of_the_page(html):
    svg = html[html.index("<svg") : html.index("</svg>")]
    assert 'fill="currentColor"' in svg
    assert "stroke:currentColor" in svg
    used = {colour.lower() for colour in re.findall(r"#[0-9a-fA-F]{6}\b", svg)}
    assert used == {*figures.COLOURS[:2]}, "text, ticks, spines, legend and black lines are ink; curves are coloured"
    assert "<style" not in svg, "a style sheet in an inline SVG would apply to the whole page"


def test_the_picture_grows_to_its_natural_width(html):
    (svg,) = [attributes for tag, attributes in Tags(html).found if tag == "svg"]
    assert svg["viewbox"] == "0 0 460.8 259.2"
    assert "width:100%;max-width:614px;height:auto" in svg["style"]


def test_foreign_figures_lose_their_white_ground():
    figure = Figure(facecolor="white")
    figure.subplots().plot([0, 1])
    assert "#ffffff" not in figures.show(figure, alt="a line").html


def test_paths_keep_their_shape():
    """The written path, read back as SVG reads it, passes through the points of the drawn one."""
    from overparam._svg import _relative_path

    drawn = "M 10 20 L 10.004 19.5 L 0.25 -0.125 Q 1 2 3.333 4 C 1 1 2 2 -3 5.5 z M 0 0.001 L 1 1 L 2 3"
    expected = {
        "M": [(10, 20)],
        "L": [(10.004, 19.5), (0.25, -0.125), (1, 1), (2, 3)],
        "Q": [(1, 2), (3.333, 4)],
        "C": [(1, 1), (2, 2), (-3, 5.5)],
        "m": [(0, 0.001)],
    }
    sizes, read, here, start = {"m": 2, "l": 2, "q": 4, "c": 6}, {key: [] for key in expected}, (0, 0), (0, 0)
    for command, text in re.findall(r"([mlqcz])([^mlqcz]*)", _relative_path(drawn)):
        if command == "z":
            here = start
            continue
        numbers = [float(number) for number in re.findall(r"-?\d*\.?\d+", text)]
        for begin in range(0, len(numbers), sizes[command]):
            group = numbers[begin : begin + sizes[command]]
            points = [(here[0] + x, here[1] + y) for x, y in zip(group[::2], group[1::2], strict=True)]
            here = points[-1]
            key = command.upper() if command != "m" or not read["M"] else "m"
            read[key] += points
            start = here if command == "m" else start
    for key, points in expected.items():
        np.testing.assert_allclose(read[key], points, atol=0.0051)


def test_the_bundle_has_a_form_for_page_paper_and_terminal():
    bundle = figures.show(line_plot(), alt="a line")._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/png", "text/plain"}
    image = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).convert("RGB")
    assert image.size == (1280, 720)
    counts = dict((colour, count) for count, colour in image.getcolors(1 << 24))
    assert max(counts, key=counts.get) == (255, 255, 255)
    assert counts[(0, 0, 0)] > 1000


@pytest.mark.parametrize("entries", [2, 6])
def test_the_legend_keeps_off_the_curves(entries):
    figure, axes = figures.subplots(1, 2)
    for panel in axes:
        for i in range(entries):
            panel.plot([0, i], label=f"a label of some length, {i}")
        panel.set_xlabel("time")
    figures.legend(figure)
    figure.draw_without_rendering()
    (drawn,) = figure.legends
    box = drawn.get_window_extent()
    assert len(drawn.get_texts()) == entries
    assert box.x0 >= 0 and box.x1 <= figure.bbox.width
    assert not any(box.overlaps(panel.get_tightbbox()) for panel in axes)


def test_rasters_keep_their_data():
    figure, axes = figures.subplots()
    axes.imshow(np.zeros((3, 3)), cmap="gray")
    (image,) = [href for href in Tags(figures.show(figure, alt="black").html).values("href") if href[0] != "#"]
    assert image.startswith("data:image/png;base64,")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(image.partition(",")[2]))).convert("RGB"))
    assert (pixels == 0).all()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alt": ""}, "alt must say"),
        ({"alt": "  "}, "alt must say"),
        ({"alt": None}, "alt must say"),
        ({"alt": "a", "caption": None}, "caption must be a string; got NoneType"),
        ({"alt": "a", "name": "two words"}, "name must be letters, digits, - and _; got 'two words'"),
    ],
)
def test_bad_arguments_of_show(arguments, message):
    with pytest.raises(ValueError, match=message):
        figures.show(line_plot(), **arguments)


@pytest.mark.bad_input
def test_bad_arguments_of_the_rest():
    with pytest.raises(ValueError, match="figure must be a matplotlib Figure; got ndarray"):
        figures.show(np.zeros(3), alt="a")
    with pytest.raises(ValueError, match="figure must hold something drawn with a label; got none"):
        figures.legend(figures.subplots()[0])
    for arguments in ({"rows": 0}, {"columns": 1.5}, {"width": 0.0}, {"height": float("nan")}):
        (name,) = arguments
        with pytest.raises(ValueError, match=f"^{name} must be"):
            figures.subplots(**arguments)
