"""Figures with sliders: live where there is a kernel, and the same picture without one on the page.

Why one object has two faces, in one mimebundle. A notebook cell has one output, and each frontend takes from it the
richest form that it knows. JupyterLab knows `application/vnd.jupyter.widget-view+json` and shows ipywidgets that call
`draw` at each move. The built site has no kernel; were it to show the same widgets, every page would load the 3.7 MB
widget manager to show pictures made in advance. So the bundle also carries `text/html`: pictures and a kilobyte of
script. The book's configuration prefers it (`nb_mime_priority_overrides: [["html", "text/html", 0]]`) and loads no
widget manager (`nb_ipywidgets_js: {}`).

When the frames are made. A frontend asks for all forms and says nothing of which it will show, so the environment
decides: under `OVERPARAM_BUILD=1`, which the book's build sets, every frame is drawn and the widgets are left out, as
nothing there could move them and their state would be written into the page; so it is with ipywidgets 7. Elsewhere the
first frame alone is drawn, the others when a reader asks for them.
"""

import functools
import itertools
import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from numbers import Integral, Real

import numpy as np
from matplotlib.figure import Figure

from overparam import figures
from overparam._svg import inline

__all__ = ["Explorer", "explore"]

MOST_CHOICES = 2
MOST_FRAMES = 60

# Frame k of the product of the choices, the last choice running fastest. The frames wait in a <template>, which a
# browser neither draws nor counts as part of the page; the shown one and the waiting ones are the same nodes.
_SCRIPT = """\
(function () {
  var root = document.currentScript.parentNode, svg = root.querySelector("svg");
  var inputs = [].slice.call(root.querySelectorAll("input"));
  var frames = [svg.lastElementChild].concat([].slice.call(root.querySelector("template").content.firstChild.children));
  function show() {
    var frame = frames[inputs.reduce(function (k, input) {
      var texts = JSON.parse(input.dataset.texts), text = texts[input.value];
      input.setAttribute("aria-valuetext", text);
      input.closest(".overparam-control").querySelector("output").textContent = text;
      return k * texts.length + Number(input.value);
    }, 0)];
    svg.replaceChild(frame, svg.lastElementChild);
    if (frame.dataset.alt) svg.setAttribute("aria-label", frame.dataset.alt);
  }
  inputs.forEach(function (input) { input.addEventListener("input", show); });
  root.querySelector(".overparam-controls").hidden = false;
  root.querySelector(".overparam-note").hidden = true;
})();"""


class Explorer:
    """A figure with sliders, made by `explore`; as the last line of a cell it displays itself.

    Attributes:
        html: the page's face.
        png: the first frame, for the PDF.
        alt: the first frame's description.
        widget: the live face, or None under `OVERPARAM_BUILD=1`.
    """

    def __init__(self, html: str, png: bytes, alt: str, widget=None):
        self.html, self.png, self.alt, self.widget = html, png, alt, widget

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        live = {} if self.widget is None else self.widget._repr_mimebundle_()
        return live | figures.Picture(self.html, self.png, self.alt)._repr_mimebundle_()


def explore(
    draw: Callable[..., Figure],
    *,
    caption: str,
    alt: str | Callable[..., str],
    **choices: Sequence[Real | str] | np.ndarray,
) -> Explorer:
    """A figure with a slider for each choice.

        explore(draw, caption="...", alt=lambda width: f"At width {width} ...", width=[100, 1000, 10_000])

    Args:
        draw: makes the figure at a point, as in `draw(width=100)`. All figures have one size; where the axes' limits
            are fixed too, what moves is what changed.
        caption: as in `figures.show`.
        alt: what is seen, or a function of the point that says so, as in `alt(width=100)`.
        choices: one or two sequences of at least two numbers or strings, with at most 60 points in all. Their names
            label the sliders, with blanks for underscores.

    Raises:
        ValueError: the choices are not of this kind, `alt` is empty, `draw` returns no figure or one of another size.
        RuntimeError: `draw` raises, or `alt` does or says nothing; the message names the point.
    """
    if not 1 <= len(choices) <= MOST_CHOICES:
        raise ValueError(f"choices must be one or two; got {len(choices)}: {', '.join(choices) or 'none'}")
    texts = {name: _texts(name, values) for name, values in choices.items()}
    if math.prod(map(len, texts.values())) > MOST_FRAMES:
        sizes = " x ".join(f"{len(values)} of {name}" for name, values in texts.items())
        raise ValueError(f"choices must have at most {MOST_FRAMES} points in all; got {sizes}")
    points = [dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())]

    fixed = None if callable(alt) else figures.description(alt)
    describe = alt if fixed is None else lambda **point: fixed
    first = _frame(draw, describe, points[0])
    png = figures.raster(first.figure)
    static = os.environ.get("OVERPARAM_BUILD") == "1" or not _widgets_make_bundles()
    frames = [first, *(_frame(draw, describe, point, size=first.size) for point in points[1:])] if static else [first]
    pictures = inline([frame.file for frame in frames], [frame.alt for frame in frames], key=f"{caption}{texts}")
    page = [pictures.first]
    if static:
        page += [_controls(texts), _note(points[0], "In a browser with JavaScript, sliders change it.")]
    else:
        page += [_note(points[0], "In a running notebook, and on the book's page, sliders change it.")]
    page += [figures.figcaption(caption)]
    if static:
        page += [f"<template><svg>{''.join(pictures.others)}</svg></template><script>{_SCRIPT}</script>"]
    html = f'<figure class="overparam-figure overparam-explorer">{"".join(page)}</figure>'
    widget = None if static else _widget(draw, describe, caption, texts, points, first)
    return Explorer(html, png, first.alt, widget)


def _widgets_make_bundles() -> bool:
    """False for ipywidgets 7, which Colab has: without a bundle of its own a widget cannot share one with a page."""
    from ipywidgets import Widget

    return hasattr(Widget, "_repr_mimebundle_")


@dataclass(frozen=True)
class _Frame:
    figure: Figure
    file: str
    alt: str
    size: tuple[float, float]


def _frame(draw, describe, point: Mapping[str, object], *, size: tuple[float, float] | None = None) -> _Frame:
    """The frame at `point`, which must be of `size` inches where that is given."""
    try:
        figure = draw(**point)
        alt = figures.description(describe(**point))
        file = figures.vector(figure) if isinstance(figure, Figure) else None
    except Exception as error:
        raise RuntimeError(f"no frame at {_named(point)}: {type(error).__name__}: {error}") from error
    if file is None:
        raise ValueError(
            f"draw must return a matplotlib Figure; at {_named(point)} it returned {type(figure).__name__}"
        )
    drawn = tuple(map(float, figure.get_size_inches()))
    if size is not None and drawn != size:
        raise ValueError(f"draw must return figures of one size; at {_named(point)} it is {drawn}, elsewhere {size}")
    return _Frame(figure, file, alt, drawn)


def _texts(name: str, values) -> list[str]:
    """The choice's values as a slider shows them."""
    is_sequence = isinstance(values, Sequence) and not isinstance(values, str | bytes)
    if not is_sequence and not (isinstance(values, np.ndarray) and values.ndim == 1):
        raise ValueError(f"{name} must be a sequence of numbers or strings; got {values!r}")
    if len(values) < 2:
        raise ValueError(f"{name} must have at least two values, or there is nothing to choose; got {len(values)}")
    wrong = [value for value in values if isinstance(value, bool) or not isinstance(value, str | Real)]
    if wrong:
        raise ValueError(f"{name} must hold numbers or strings; got {wrong[0]!r}")
    return [_text(value) for value in values]


def _text(value: Real | str) -> str:
    return str(value) if isinstance(value, str | Integral) else f"{value:g}"


def _label(name: str) -> str:
    return name.replace("_", " ")


def _named(point: Mapping[str, object]) -> str:
    return ", ".join(f"{_label(name)} = {_text(value)}" for name, value in point.items())


def _note(point: Mapping[str, object], text: str) -> str:
    return f'<p class="overparam-note">The picture is at {escape(_named(point))}. {text}</p>'


def _controls(texts: Mapping[str, list[str]]) -> str:
    # The readout is kept from being announced: a screen reader already says the slider's own aria-valuetext.
    sliders = (
        f'<div class="overparam-control"><label><span>{escape(_label(name))}</span> <input type="range" min="0" '
        f'max="{len(values) - 1}" value="0" step="1" autocomplete="off" aria-valuetext="{escape(values[0])}" '
        f'data-texts="{escape(json.dumps(values))}"></label> <output aria-live="off">{escape(values[0])}</output></div>'
        for name, values in texts.items()
    )
    return f'<div class="overparam-controls" hidden>{"".join(sliders)}</div>'


def _widget(draw, describe, caption: str, texts: Mapping[str, list[str]], points: list[dict], first: _Frame):
    """The live face: ipywidgets that draw a frame when it is first asked for."""
    import ipywidgets  # here, so that the book's build, which makes no widgets, does not pay for it

    sliders = [
        ipywidgets.SelectionSlider(
            options=[(text, index) for index, text in enumerate(values)],
            description=_label(name),
            style={"description_width": "initial"},
        )
        for name, values in texts.items()
    ]
    shown = {0: inline([first.file], [first.alt], key=caption).first}
    picture = ipywidgets.HTML(shown[0])

    def redraw(_change) -> None:
        index = functools.reduce(lambda total, slider: total * len(slider.options) + slider.value, sliders, 0)
        if index not in shown:
            try:
                frame = _frame(draw, describe, points[index], size=first.size)
            except (RuntimeError, ValueError) as error:
                picture.value = f'<p role="alert">{escape(str(error))}</p>'
                return
            shown[index] = inline([frame.file], [frame.alt], key=caption).first
        picture.value = shown[index]

    for slider in sliders:
        slider.observe(redraw, names="value")
    return ipywidgets.VBox([picture, ipywidgets.HBox(sliders), ipywidgets.HTMLMath(figures.figcaption(caption))])
