"""Figures in the book's style: one look for every page, in light and in dark, on paper, and told to who cannot see it.

    fig, ax = figures.subplots()
    ax.plot(widths, fraction, label="measured")
    figures.legend(fig)
    figures.show(fig, alt="The fraction of uncoupled units falls as ...", caption="Uncoupled units, $\\tau = 0.1$.")

Black is ink: whatever is drawn in black takes the colour of the page's text, so that it follows the theme when a
reader switches it. Matplotlib's own state, rcParams and pyplot, is neither used nor changed.
"""

import base64
import functools
import io
import math
import re
from html import escape
from numbers import Real

import matplotlib
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from overparam import _checks
from overparam._svg import inline

__all__ = ["COLOURS", "LINE_STYLES", "MARKERS", "Picture", "legend", "show", "subplots"]

# Found by a search for the largest smallest distance, in normal vision and under three simulated colour vision
# deficiencies, among colours with contrast 3:1 against white and against the theme's dark page; the tests hold both.
COLOURS = ("#225ed2", "#ed6d07", "#3fa386", "#af2e88", "#a57ef0", "#835d28")
# Colour is never the only cue: lines differ in their dashes too; point clouds are given their markers by the author.
LINE_STYLES = ("-", (0, (6, 2)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)), (0, (10, 2)), (0, (4, 1.2, 1, 1.2, 1, 1.2)))
MARKERS = ("o", "s", "^", "D", "v", "P")

_STYLE = {
    "axes.facecolor": "none",
    "axes.prop_cycle": cycler(color=COLOURS, linestyle=LINE_STYLES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": "medium",
    "figure.facecolor": "none",
    "figure.titlesize": "medium",
    "font.size": 12,  # points: at full width the 16 px of the text beside it, and 9 px on a phone 400 px wide
    "grid.alpha": 0.15,
    "grid.color": "black",
    "legend.columnspacing": 1.4,
    "legend.fontsize": "medium",
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "lines.linewidth": 2,
    "lines.markersize": 5,
    "savefig.bbox": None,
    "svg.fonttype": "path",
    "svg.hashsalt": "overparam",
    "text.usetex": False,
    "xtick.labelsize": "medium",
    "ytick.labelsize": "medium",
}
_PNG_DOTS_PER_INCH = 200


def _in_style(function):
    @functools.wraps(function)
    def styled(*args, **kwargs):
        with matplotlib.rc_context(_STYLE):
            return function(*args, **kwargs)

    return styled


def _with_methods_in_style(base: type, *names: str) -> type:
    """A subclass of `base` in which the methods that read the style when called do so in ours."""
    return type(f"Styled{base.__name__}", (base,), {name: _in_style(getattr(base, name)) for name in names})


_Axes = _with_methods_in_style(
    Axes,
    *("annotate", "axhline", "axline", "axvline", "boxplot", "clabel", "clear", "contour", "errorbar", "hlines"),
    *("inset_axes", "legend", "plot", "scatter", "secondary_xaxis", "secondary_yaxis", "set_title", "set_xlabel"),
    *("set_ylabel", "stem", "step", "table", "text", "twinx", "twiny", "violinplot", "vlines"),
)
_Figure = _with_methods_in_style(Figure, "colorbar", "legend", "suptitle", "supxlabel", "supylabel", "text")


class Picture:
    """A figure ready to be displayed: `html` for the page, `png` for the PDF, its description `alt` as plain text."""

    def __init__(self, html: str, png: bytes, alt: str):
        self.html, self.png, self.alt = html, png, alt

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {
            "text/html": self.html,
            "image/png": base64.b64encode(self.png).decode("ascii"),
            "text/plain": self.alt,
        }


def subplots(rows: int = 1, columns: int = 1, *, width: Real = 6.4, height: Real | None = None, **kwargs):
    """A figure in the book's style and its axes, as `matplotlib.pyplot.subplots` gives them, but known to no one else.

    Args:
        rows, columns: panels below and beside each other.
        width, height: inches; by default 6.4 wide, and 3.6 high for one panel, 2.9 a row for several. What is wider
            is smaller on a phone.
        kwargs: passed to `matplotlib.figure.Figure.subplots`, such as sharex, sharey, squeeze, width_ratios.

    Returns:
        The figure and its axes: one, or an array (rows,), (columns,) or (rows, columns).

    Raises:
        ValueError: a size or a number of panels is not positive.
    """
    rows, columns = _checks.positive_int("rows", rows), _checks.positive_int("columns", columns)
    width = _checks.real("width", width, above=0)
    height = _checks.real("height", (3.6 if rows * columns == 1 else 2.9 * rows) if height is None else height, above=0)
    subplot_kw = dict(kwargs.pop("subplot_kw", None) or {})
    if not subplot_kw.keys() & {"projection", "polar", "axes_class"}:
        subplot_kw["axes_class"] = _Axes
    with matplotlib.rc_context(_STYLE):
        figure = _Figure(figsize=(width, height), layout="constrained")
        return figure, figure.subplots(rows, columns, subplot_kw=subplot_kw, **kwargs)


def legend(figure: Figure) -> None:
    """One legend for all panels, below them and so off every curve; a label that recurs is shown once.

    Raises:
        ValueError: nothing in the figure has a label.
    """
    entries = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    if not entries:
        raise ValueError("figure must hold something drawn with a label; got none")
    with matplotlib.rc_context(_STYLE):
        for rows in range(1, len(entries) + 1):
            columns = math.ceil(len(entries) / rows)
            drawn = figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=columns)
            if columns == 1 or drawn.get_window_extent().width <= figure.bbox.width:
                return
            drawn.remove()


def show(figure: Figure, *, alt: str, caption: str = "", name: str = "") -> Picture:
    """The figure for the page: `<figure>` with inline SVG that follows the theme; PNG for the PDF; `alt` as plain text.

    Args:
        figure: any matplotlib figure; it is drawn here and now, so an error in it is an error of the cell.
        alt: what is seen, in a sentence or two, for readers who do not see it.
        caption: plain text with mathematics in `$...$`; a dollar sign is written `\\$`.
        name: the figure's anchor on the page, such as "figure-4".

    Raises:
        ValueError: `figure` is no figure, `alt` is empty, or `name` is not made of letters, digits, - and _.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[\w-]*", name):
        raise ValueError(f"name must be letters, digits, - and _; got {name!r}")
    alt = description(alt)
    svg = inline([vector(figure)], [alt], key=f"{caption}\0{name}").first
    anchor = f' id="{name}"' if name else ""
    html = f'<figure class="overparam-figure"{anchor}>{svg}{figcaption(caption)}</figure>'
    return Picture(html, raster(figure), alt)


def vector(figure: Figure) -> str:
    """The figure as an SVG file, the same text whenever the same figure is drawn."""
    return _draw(figure, "svg", transparent=True, metadata={"Date": None}).decode()


def raster(figure: Figure) -> bytes:
    """The figure as a PNG file: black on white, for paper."""
    return _draw(figure, "png", dpi=_PNG_DOTS_PER_INCH, facecolor="white", metadata={"Software": None})


def description(alt: str) -> str:
    """`alt` without surrounding blanks; ValueError when nothing is left."""
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"alt must say what is seen in the figure; got {alt!r}")
    return alt.strip()


def figcaption(caption: str) -> str:
    """The caption as HTML, its `$...$` marked as Sphinx marks mathematics, so that the page's MathJax sets it."""
    if not isinstance(caption, str):
        raise ValueError(f"caption must be a string; got {type(caption).__name__}")
    if not caption.strip():
        return ""
    text = re.sub(
        r"(?<!\\)\$(.+?)(?<!\\)\$",
        r'<span class="math notranslate nohighlight">\\(\1\\)</span>',
        escape(caption.strip()),
    )
    return f"<figcaption>{text.replace(chr(92) + '$', '$')}</figcaption>"


def _draw(figure: Figure, form: str, **options) -> bytes:
    if not isinstance(figure, Figure):
        raise ValueError(f"figure must be a matplotlib Figure; got {type(figure).__name__}")
    file = io.BytesIO()
    with matplotlib.rc_context(_STYLE):
        figure.savefig(file, format=form, **options)
    return file.getvalue()
