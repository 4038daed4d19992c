"""Draws the pictures of :mod:`lantern.figures.charts` with Matplotlib.

``python -m lantern.figures.drawing de`` reads one picture as JSON on standard input and writes a PNG to standard
output, with numbers and dates in the language that it names.
Only that process and ``bot.py insights … --png`` import this module: Matplotlib takes half a second and 40 MB.

Sizes are points, 1/72 inch. A picture is as many points wide as a phone has pixels for it, so text of 14 points is read
there at 14 pixels. What is the same for all pictures stands in ``drawing.mplstyle``.
"""

from __future__ import annotations

import io
import math
import sys
import textwrap
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import offset_copy
from PIL import Image, ImageOps

from lantern.figures.charts import Bars, Picture, Trend, from_json
from lantern.languages.formats import day_and_month, number
from lantern.languages.translation import _, speaking
from lantern.store.times import as_date

HERE = Path(__file__).parent
for file in HERE.glob("fonts/*.ttf"):
    font_manager.fontManager.addfont(file)
mpl.rc_file(HERE / "drawing.mplstyle")
FILES = [font_manager.findfont(family) for family in mpl.rcParams["font.family"]]
DRAWABLE = frozenset(char for file in FILES for char in FT2Font(file).get_charmap())
"""Characters that our font has (fonts/README.md), or DejaVu Sans, which comes with Matplotlib: Arabic, Hebrew, ♥."""

JOINERS = "\u200c\u200d"
"""They keep letters of Devanagari apart, or joined in another way."""

DOTS = mpl.rcParams["figure.dpi"] / 72
WIDTH = mpl.rcParams["figure.figsize"][0] * 72
MARGIN = 15
TITLE = 20
NAME = 16

GROUND, INK = mpl.rcParams["figure.facecolor"], mpl.rcParams["text.color"]
QUIET_INK = mpl.rcParams["xtick.color"]
BEFORE = "#6D7179"
LEAST_CONTRAST = 3.0
"""Of a bar against the ground: WCAG 2.2, 1.4.11, graphical objects."""


def contrast(*colours: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    linear = [
        [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(c)] for c in colours
    ]
    dark, light = sorted(0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in linear)
    return (light + 0.05) / (dark + 0.05)


def on_dark(colour: int) -> str:
    """An article's colour, 0xRRGGBB, as "#RRGGBB", lightened until it stands out from the dark ground."""
    shades = (to_hex(np.array(to_rgb(f"#{colour:06X}")) * (1 - white) + white) for white in np.linspace(0, 1, 21))
    return next(shade for shade in shades if contrast(shade, GROUND) >= LEAST_CONTRAST)


def drawable(text: str, otherwise: str) -> str:
    """``text`` without characters that the fonts lack (most emoji, Chinese), or ``otherwise`` when little is left."""
    # A space that does not break, as in French, is none that Python calls printable.
    spaced = (" " if char.isspace() else char for char in text)
    usable = (char for char in spaced if ord(char) in DRAWABLE and (char.isprintable() or char in JOINERS))
    kept = " ".join("".join(usable).split())
    lost = sum(char.isalnum() and ord(char) not in DRAWABLE for char in text)
    return kept if sum(map(str.isalnum, kept)) > lost else otherwise


def whole(value: float, _place: float = 0) -> str:
    """A whole number in the language in use, as Matplotlib asks for it."""
    return number(round(value))


def fitted(text: Text, width: float = WIDTH) -> Text:
    """``text`` in as many lines as it takes to be at most ``width`` points wide.

    Matplotlib's own wrapping leaves a long word, such as a channel's name, beyond the edge.
    """
    whole = text.get_text()
    chars = len(whole)
    while text.get_window_extent().width > width * DOTS and chars > 1:
        chars -= 1
        text.set_text(textwrap.fill(whole, chars))
    return text


def png_of(picture: Picture, figure: Figure, axes: Axes, height: float) -> bytes:
    """The file: title, subtitle, legend and footer around axes that are ``height`` points high."""
    fitted(figure.suptitle(drawable(picture.title, _("A topic")), x=0, ha="left", size=TITLE, weight="bold"))
    keys: list[Any] = [*axes.containers, *axes.lines]
    keys = [key for key in keys if not key.get_label().startswith("_")]
    above: dict[str, Any] = {"bbox_to_anchor": (0, 1), "bbox_transform": offset_copy(axes.transAxes, figure, y=0.1)}
    for columns in (3, 2, 1):
        legend = axes.legend(handles=keys, title=picture.subtitle, alignment="left", ncols=columns, **above)
        if legend.get_window_extent().width <= WIDTH * DOTS:
            break
    for text in (legend.get_title(), *legend.get_texts()):
        fitted(text, WIDTH - 20).set_color(QUIET_INK)
    if picture.footer:
        fitted(figure.supxlabel(picture.footer, x=0, ha="left", size="medium", color=QUIET_INK))
    # Axes get what the layout leaves: once it is known how much the rest takes, the figure gets its height.
    figure.draw_without_rendering()
    rest = figure.bbox.height - axes.bbox.height
    figure.set_figheight(math.ceil(rest + height * DOTS) / figure.dpi)
    drawn, png = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="raw")
    image = Image.frombytes("RGBA", figure.canvas.get_width_height(), drawn.getvalue()).convert("RGB")
    # A few colours and their edges against the ground: a palette makes the file a quarter as large.
    framed = ImageOps.expand(image, round(MARGIN * DOTS), GROUND).quantize(96, dither=Image.Dither.NONE)
    framed.save(png, "PNG", optimize=True)
    return png.getvalue()


def bars(picture: Bars) -> bytes:
    """Names, and under each its bar of this period above a thinner one of the period before."""
    figure = Figure()
    axes = figure.add_subplot()
    axes.set_axis_off()
    if not picture.bars:
        axes.text(0, 1, _("Nobody asked in this time."), color=QUIET_INK, va="top")
        return png_of(picture, figure, axes, 30)
    y, tops = 4.0, []
    for place, bar in enumerate(picture.bars, 1):
        # Translators: a topic's place in a list, where its name cannot be drawn
        label = drawable(bar.label, _("No. {number} of the list").format(number=number(place)))
        name = fitted(axes.text(0, y, label, size=NAME, va="top", in_layout=False))
        tops.append(y + name.get_window_extent().height / DOTS + 3)
        y = tops[-1] + 31
    asks, before = [bar.now for bar in picture.bars], [bar.before or 0 for bar in picture.bars]
    axes.set(xlim=(0, max(1, *asks, *before)), ylim=(y, 0))
    colours = [on_dark(bar.colour) for bar in picture.bars]
    now = axes.barh(tops, asks, 12, align="edge", color=colours, label="_" if picture.legend else picture.now_label)
    for label, colour in picture.legend:
        axes.barh(0, 0, color=on_dark(colour), label=drawable(label, "?"))
    if picture.before_label is not None:
        axes.barh([top + 15 for top in tops], before, 5, align="edge", color=BEFORE, label=picture.before_label)
    beside = {"textcoords": "offset points", "color": QUIET_INK, "va": "bottom"}
    for count, bar in zip(axes.bar_label(now, fmt=whole, padding=5, weight="bold"), picture.bars, strict=True):
        axes.annotate(bar.says, (1, 0), (6, 0), xycoords=count, **beside)
    return png_of(picture, figure, axes, y)


def trend(picture: Trend) -> bytes:
    """A column for each day or week, and the average as a line over them."""
    figure = Figure()
    axes = figure.add_subplot()
    columns = range(len(picture.days))
    wide = 0.75 if len(columns) < 120 else 1
    axes.bar(columns, picture.values, wide, color=on_dark(picture.colour), label=picture.column_label)
    line = [math.nan if value is None else value for value in picture.line]
    edge = [withStroke(linewidth=5, foreground=GROUND)]
    axes.plot(columns, line, color=INK, linewidth=2.5, label=picture.line_label, path_effects=edge)
    for day, says in picture.marks:
        if begun := [column for column in columns if picture.days[column] <= day]:
            axes.axvline(begun[-1], ymax=0.97, color=INK, linestyle="--", linewidth=1.5, label=says)
    axes.set_ylim(0, 1.1 * max(1, axes.dataLim.y1))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_formatter(whole)
    shown = sorted({round(columns[-1] * part / 3) for part in range(4)})
    days = [as_date(picture.days[at]) for at in shown]
    axes.set_xticks(shown, [f"{day_and_month(day)}\n{day.year}" for day in days])
    if len(columns) > 7:
        # The outer dates stay within the columns' edges.
        axes.get_xticklabels()[0].set_horizontalalignment("left")
        axes.get_xticklabels()[-1].set_horizontalalignment("right")
    return png_of(picture, figure, axes, 210)


def render(picture: Picture) -> bytes:
    """A PNG of a picture."""
    return bars(picture) if isinstance(picture, Bars) else trend(picture)


if __name__ == "__main__":
    with speaking(sys.argv[1]):
        sys.stdout.buffer.write(render(from_json(sys.stdin.buffer.read())))
