"""Horizontal bars, starting at zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.plots.canvas import MARGIN, TITLE_HEIGHT, WIDTH, Canvas

_ROW = 26
_LABELS = 230
_VALUES = 80


@dataclass(frozen=True)
class Bar:
    """A bar.

    @ivar label: its label.
    @ivar value: its length, at least 0.
    @ivar own: whether it is livewidget's, and highlighted.
    """

    label: str
    value: float
    own: bool


def barPlot(title: str, under: str, bars: Sequence[Bar], text: Callable[[float], str]) -> str:
    """Return an SVG with the largest bar at the top.

    @param text: formats a value.
    """
    canvas = Canvas(TITLE_HEIGHT + _ROW * len(bars) + MARGIN / 2, title, under)
    longest = max((bar.value for bar in bars), default=0) or 1
    room = WIDTH - 2 * MARGIN - _LABELS - _VALUES
    for row, bar in enumerate(sorted(bars, key=lambda bar: -bar.value)):
        y = TITLE_HEIGHT + row * _ROW + 6
        length = max(room * bar.value / longest, 1)
        canvas.text(MARGIN + _LABELS - 10, y + 14, bar.label, anchor="end")
        canvas.box(MARGIN + _LABELS, y + 1, length, _ROW - 8, "c0" if bar.own else "other")
        canvas.text(MARGIN + _LABELS + length + 8, y + 14, text(bar.value), "quiet")
    return canvas.svg()
