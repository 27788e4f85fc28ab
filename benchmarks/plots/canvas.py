"""An SVG with its own background, so that it is readable on any page."""

from __future__ import annotations

from xml.sax.saxutils import escape

WIDTH = 720
#: The margin between the edge and the drawing.
MARGIN = 24
TITLE_HEIGHT = 58

_STYLE = """
.ground { fill: #ffffff; stroke: #d0d7de }
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.quiet { fill: #59636e }
.axis { stroke: #8c959f; fill: none }
.grid { stroke: #d0d7de; fill: none }
.guide { stroke: #8c959f; fill: none; stroke-dasharray: 4 4 }
.other { fill: #afb8c1 }
.c0 { fill: #0969da } .l0 { stroke: #0969da } .c1 { fill: #bc4c00 } .l1 { stroke: #bc4c00 }
.line { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117; stroke: #3d444d }
  text { fill: #e6edf3 }
  .quiet { fill: #9198a1 }
  .axis, .guide { stroke: #656c76 }
  .grid { stroke: #2a313c }
  .other { fill: #656c76 }
  .c0 { fill: #4493f8 } .l0 { stroke: #4493f8 } .c1 { fill: #f0883e } .l1 { stroke: #f0883e }
}
"""


class Canvas:
    """Shapes in the order in which they are drawn. Units are pixels, and y points down.

    @param height: the height; the width is fixed.
    @param title: the title, also for screen readers.
    @param under: a line below the title.
    """

    def __init__(self, height: float, title: str, under: str) -> None:
        self._height = height
        self._title = title
        self._shapes: list[str] = []
        self.text(MARGIN, 30, title, "title")
        self.text(MARGIN, 49, under, "quiet")

    def text(self, x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> None:
        """Add a line of text on a baseline."""
        where = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
        self._shapes.append(f'<text {where} class="{kind}">{escape(text)}</text>')

    def box(self, x: float, y: float, width: float, height: float, kind: str) -> None:
        """Add a filled box."""
        self._shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2" '
            f'class="{kind}"/>'
        )

    def dot(self, x: float, y: float, kind: str) -> None:
        """Add a dot."""
        self._shapes.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" class="{kind}"/>')

    def line(self, points: list[tuple[float, float]], kind: str) -> None:
        """Add a line through points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._shapes.append(f'<polyline points="{path}" class="{kind}"/>')

    def svg(self) -> str:
        """Return the SVG."""
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self._height:.0f}" '
            f'width="{WIDTH}" height="{self._height:.0f}" role="img">',
            f"<title>{escape(self._title)}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{self._height - 1:.0f}" rx="6" '
            'class="ground"/>',
            *self._shapes,
            "</svg>",
        ]
        return "\n".join(lines) + "\n"
