"""Lines over logarithmic axes. Linear growth is parallel to a dashed guide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10

from benchmarks.plots.canvas import MARGIN, TITLE_HEIGHT, WIDTH, Canvas

_LEFT, _RIGHT, _BOTTOM = 74, 184, 52
_HEIGHT = 330
_COLOURS = 2

Points = Sequence[tuple[float, float]]


def linePlot(title: str, unit: str, per: str, lines: Mapping[str, Points]) -> str:
    """Return an SVG. Points that are not above zero are left out.

    @param unit: the unit of the y axis.
    @param per: the quantity of the x axis.
    @param lines: one or two lines, by name.
    @raise ValueError: there are no points, or more than two lines.
    """
    drawn = {name: [(x, y) for x, y in points if x > 0 < y] for name, points in lines.items()}
    drawn = {name: points for name, points in drawn.items() if points}
    if not drawn or len(drawn) > _COLOURS:
        raise ValueError(f"a plot takes one or {_COLOURS} lines with points, not {len(drawn)}")
    canvas = Canvas(_HEIGHT, title, f"{unit}; both axes are logarithmic")
    axes = _Axes([point for points in drawn.values() for point in points])
    axes.draw(canvas, per)
    guided = max(drawn.values(), key=lambda points: points[-1][1])
    canvas.line(axes.guide(guided[-1]), "guide")
    for number, (name, points) in enumerate(drawn.items()):
        places = [axes.place(*point) for point in points]
        canvas.line(places, f"line l{number}")
        for place in places:
            canvas.dot(*place, f"c{number}")
        x, y = places[-1]
        # Above the point, since below it may be the axis.
        canvas.text(x + 12, y - 12, f"{points[-1][1]:,.3g}", "quiet")
        canvas.text(x + 12, y + 4, name)
    return canvas.svg()


class _Axes:
    """Axes between powers of ten."""

    def __init__(self, points: Points) -> None:
        self._x, self._y = (_range(values) for values in zip(*points, strict=True))

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return the position of a point in pixels."""
        return (
            _between(self._x, x, _LEFT, WIDTH - _RIGHT),
            _between(self._y, y, _HEIGHT - _BOTTOM, TITLE_HEIGHT + 12),
        )

    def guide(self, end: tuple[float, float]) -> list[tuple[float, float]]:
        """Return the line of proportional growth that ends at a point."""
        x, y = end
        left = max(10.0 ** self._x[0], x * 10.0 ** self._y[0] / y)
        return [self.place(left, y * left / x), self.place(x, y)]

    def draw(self, canvas: Canvas, per: str) -> None:
        """Draw the grid and its labels."""
        left, bottom = self.place(10.0 ** self._x[0], 10.0 ** self._y[0])
        right, top = self.place(10.0 ** self._x[1], 10.0 ** self._y[1])
        for power in range(self._y[0], self._y[1] + 1):
            _, y = self.place(1, 10.0**power)
            canvas.line([(left, y), (right, y)], "grid")
            canvas.text(left - 8, y + 4, _number(power), "quiet", "end")
        for power in range(self._x[0], self._x[1] + 1):
            x, _ = self.place(10.0**power, 1)
            canvas.line([(x, bottom), (x, top)], "grid")
            canvas.text(x, bottom + 18, _number(power), "quiet", "middle")
        canvas.line([(left, top), (left, bottom), (right, bottom)], "axis")
        canvas.text((left + right) / 2, bottom + 38, per, "quiet", "middle")
        canvas.text(WIDTH - MARGIN, bottom + 38, "- - -  linear", "quiet", "end")


def _range(values: Sequence[float]) -> tuple[int, int]:
    lowest, highest = floor(log10(min(values))), ceil(log10(max(values)))
    return lowest, max(highest, lowest + 1)


def _between(powers: tuple[int, int], value: float, first: float, last: float) -> float:
    return first + (last - first) * (log10(value) - powers[0]) / (powers[1] - powers[0])


def _number(power: int) -> str:
    return f"{10.0**power:,.{max(-power, 0)}f}"
