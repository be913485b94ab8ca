"""Explorers: one object, two faces, little weight, and errors that say where they happened."""

import base64
import gzip
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from overparam import figures
from overparam.explore import explore

WIDGET = "application/vnd.jupyter.widget-view+json"


def draw(width, slope=1.0):
    figure, axes = figures.subplots()
    axes.plot([0, 1], [0, float(slope) / width])
    axes.set(ylim=(0, 4))
    return figure


def make(draw=draw, *, caption="Move it.", alt=lambda width, slope: f"A line of slope {slope / width:g}.", **choices):
    return explore(draw, caption=caption, alt=alt, **(choices or {"width": [1, 2, 4], "slope": (0.5, 1.0)}))


@pytest.fixture
def building(monkeypatch):
    monkeypatch.setenv("OVERPARAM_BUILD", "1")


@pytest.fixture
def live(monkeypatch):
    monkeypatch.delenv("OVERPARAM_BUILD", raising=False)


def test_both_faces_are_in_one_bundle(live):
    bundle = make()._repr_mimebundle_()
    assert set(bundle) == {WIDGET, "text/html", "image/png", "text/plain"}
    assert set(bundle[WIDGET]) == {"version_major", "version_minor", "model_id"}
    assert bundle["text/plain"] == "A line of slope 0.5."
    assert Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).size == (1280, 720)


def test_outside_the_build_only_the_first_frame_is_drawn(live):
    drawn = []
    explorer = make(lambda **point: drawn.append(point) or draw(**point))
    assert drawn == [{"width": 1, "slope": 0.5}]
    assert explorer.html.count("<svg") == 1 and "<script" not in explorer.html and "<input" not in explorer.html
    assert "The picture is at width = 1, slope = 0.5. In a running notebook" in explorer.html


def test_in_the_build_the_page_holds_every_frame_and_no_widget(building):
    drawn = []
    explorer = make(lambda **point: drawn.append(point) or draw(**point))
    assert drawn == [{"width": width, "slope": slope} for width in (1, 2, 4) for slope in (0.5, 1.0)]
    assert set(explorer._repr_mimebundle_()) == {"text/html", "image/png", "text/plain"}
    waiting = explorer.html[explorer.html.index("<template>") :]
    assert explorer.html.count("data-alt=") == 6 and waiting.count("data-alt=") == 5
    assert re.findall(r'data-alt="A line of slope ([\d.]+)\."', explorer.html) == [
        "0.5",
        "1",
        "0.25",
        "0.5",
        "0.125",
        "0.25",
    ]


def test_where_widgets_are_too_old_the_sliders_need_no_kernel(live, monkeypatch):
    monkeypatch.delattr("ipywidgets.Widget._repr_mimebundle_")
    explorer = make()
    assert set(explorer._repr_mimebundle_()) == {"text/html", "image/png", "text/plain"}
    assert explorer.html.count('type="range"') == 2 and "<template>" in explorer.html


def test_sliders_are_labelled_and_their_values_readable(building):
    html = make(
        lambda noise_level, width: draw(width),
        alt="A line.",
        noise_level=np.array([0.1, 1e-7]),
        width=np.array([100, 16000]),
    ).html
    assert re.findall(r"<label><span>(.*?)</span> <input type=\"range\"", html) == ["noise level", "width"]
    texts = re.findall(r'data-texts="(.*?)"', html)
    assert [json.loads(text.replace("&quot;", '"')) for text in texts] == [["0.1", "1e-07"], ["100", "16000"]]
    assert re.findall(r'aria-valuetext="(.*?)"', html) == ["0.1", "100"]
    assert "The picture is at noise level = 0.1, width = 100. In a browser with JavaScript" in html


def test_the_live_face_redraws_once_for_each_point(live):
    drawn = []
    widget = make(lambda **point: drawn.append(point) or draw(**point)).widget
    picture, sliders, caption = widget.children
    assert caption.value == "<figcaption>Move it.</figcaption>"
    assert [slider.description for slider in sliders.children] == ["width", "slope"]
    width, slope = sliders.children
    first = picture.value
    slope.index = 1
    assert 'aria-label="A line of slope 1."' in picture.value
    width.index = 2
    assert 'aria-label="A line of slope 0.25."' in picture.value and "currentColor" in picture.value
    width.index, slope.index = 0, 0
    assert picture.value == first
    assert drawn == [{"width": 1, "slope": 0.5}, {"width": 1, "slope": 1.0}, {"width": 4, "slope": 1.0}]


def test_the_live_face_shows_an_error_and_recovers(live):
    def fails(width):
        if width == 2:
            raise ZeroDivisionError("no <slope>")
        return draw(width)

    picture, sliders, _ = make(fails, alt="A line.", width=[1, 2]).widget.children
    first = picture.value
    sliders.children[0].index = 1
    assert picture.value == '<p role="alert">no frame at width = 2: ZeroDivisionError: no &lt;slope&gt;</p>'
    sliders.children[0].index = 0
    assert picture.value == first


def test_explorers_do_not_clash(building):
    choices = {"alt": "A line.", "width": [1, 2]}
    explorers = [make(**choices), make(caption="Another.", **choices), make(lambda width: draw(3 * width), **choices)]
    seen = set()
    for explorer in explorers:
        ids = re.findall(r' id="(.*?)"', explorer.html)
        assert ids and len(ids) == len(set(ids))
        assert set(re.findall(r'(?:href="|url\()#([^")]*)', explorer.html)) <= set(ids)
        assert not seen & set(ids)
        seen |= set(ids)


def test_the_same_explorer_is_the_same_text(building):
    first, second = (make(alt="A line.", width=[1, 2]) for _ in range(2))
    assert first.html == second.html and first.png == second.png


def test_a_figure_that_is_drawn_over_gives_every_frame(building):
    figure, axes = figures.subplots()

    def redraw(width):
        axes.clear()
        axes.plot([0, width])
        axes.set(ylim=(0, 4))
        return figure

    html = make(redraw, alt="A line.", width=[1, 2, 3]).html
    curve = r'<path d="([^"]*)"[^>]*stroke:' + figures.COLOURS[0]
    assert len(set(re.findall(curve, html))) == 3


def test_what_frames_share_is_kept_once(building):
    first, *others = make(alt="A line.", width=[1, 2, 3]).html.split("<g data-alt=")
    frames = [frame.partition("</svg>")[0] for frame in others]
    assert len(frames) == 3
    assert len(first) > 5000 > 1500 > max(map(len, frames))


def typical(width, steps):
    x = np.linspace(0, 1, 200)
    figure, axes = figures.subplots()
    for seed in range(3):
        noise = np.random.default_rng([width, steps, seed]).normal(size=200)
        axes.plot(x, np.exp(-(seed + 1) * x * steps / 5) + 0.05 * noise, label=f"seed {seed}")
    axes.set(xlim=(0, 1), ylim=(-0.2, 1.3), xlabel="time $t$", ylabel="training error", title=f"width {width}")
    figures.legend(figure)
    return figure


def test_frames_of_rough_curves_are_light(building):
    """A quarter of the most frames fits a quarter of their budget of 150 kB; what all frames share counts in full."""
    html = explore(
        typical,
        caption="Training.",
        alt=lambda width, steps: f"At width {width}, {steps} steps, the error falls.",
        width=[100, 400, 1600],
        steps=range(1, 11, 2),
    ).html.encode()
    assert html.count(b"data-alt=") == 15
    assert len(gzip.compress(html)) <= 150_000 / 4
    script = html[html.index(b"<script>") : html.index(b"</script>")]
    assert len(script) <= 1500 and b"http" not in html.replace(b"https://www.w3.org", b"")


def test_drawing_is_silent(building, capfd):
    make()
    assert capfd.readouterr() == ("", "")


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({}, "choices must be one or two; got 0: none"),
        ({"a": [1, 2], "b": [1, 2], "c": [1, 2]}, "choices must be one or two; got 3: a, b, c"),
        ({"width": range(1, 11), "slope": range(7)}, "at most 60 points in all; got 10 of width x 7 of slope"),
        ({"width": [1]}, "width must have at least two values, or there is nothing to choose; got 1"),
        ({"width": []}, "width must have at least two values"),
        ({"width": "abc"}, "width must be a sequence of numbers or strings; got 'abc'"),
        ({"width": 3}, "width must be a sequence of numbers or strings; got 3"),
        ({"width": {1, 2}}, "width must be a sequence"),
        ({"width": np.ones((2, 2))}, "width must be a sequence"),
        ({"width": [1, None]}, "width must hold numbers or strings; got None"),
        ({"width": [True, False]}, "width must hold numbers or strings; got True"),
    ],
)
def test_bad_choices(choices, message):
    with pytest.raises(ValueError, match=message):
        explore(draw, caption="", alt="A line.", **choices)


def test_sixty_points_are_allowed(live):
    explore(draw, caption="", alt="A line.", width=range(1, 7), slope=range(10))


def no_figure(width):
    return draw(width) if width < 3 else None


def raises(width):
    return draw(width) if width < 3 else draw(0 / 0)


def grows(width):
    return figures.subplots(width=float(width))[0]


def bad_mathematics(width):
    figure = draw(width)
    figure.suptitle("$\\frac{$" if width == 3 else "fine")
    return figure


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("draw", "alt", "error", "message"),
    [
        (no_figure, "A line.", ValueError, "draw must return a matplotlib Figure; at width = 3 it returned NoneType"),
        (raises, "A line.", RuntimeError, "no frame at width = 3: ZeroDivisionError: division by zero"),
        (bad_mathematics, "A line.", RuntimeError, "no frame at width = 3: ValueError"),
        (draw, lambda width: f"{1 / (3 - width)}", RuntimeError, "no frame at width = 3: ZeroDivisionError"),
        (draw, lambda width: "A line." * (3 - width), RuntimeError, "no frame at width = 3: ValueError: alt must say"),
        (draw, "", ValueError, "alt must say what is seen"),
        (grows, "Axes.", ValueError, r"of one size; at width = 2 it is \(2\.0, 3\.6\), elsewhere \(1\.0, 3\.6\)"),
    ],
)
def test_errors_name_the_point(building, draw, alt, error, message):
    with pytest.raises(error, match=message):
        explore(draw, caption="", alt=alt, width=[1, 2, 3])
