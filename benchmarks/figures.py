"""Print what the benchmarks have measured."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return lines with columns, the first one aligned left and the others right."""
    texts = [list(head), *([_text(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return "\n".join(
        "  ".join(
            text.rjust(width) if column else text.ljust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in texts
    )


def verdict(figure: float, goal: float, unit: str, *, atMost: bool) -> str:
    """Return a sentence that says whether a goal is met."""
    reached = figure <= goal if atMost else figure >= goal
    word = "at most" if atMost else "at least"
    return f"{figure:,.0f} {unit}; the goal is {word} {goal:,.0f}: {'met' if reached else 'MISSED'}"


def _text(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
