"""The bytes that a browser loads: the package's modules, minified and compressed."""

from __future__ import annotations

from benchmarks.figures import table, verdict
from livewidget.assets.package import OWN, Package

BUDGET = 16 * 1024


def sizes() -> dict[str, tuple[int, int]]:
    """Return the sizes of each file that browsers load, as served and with gzip."""
    package = Package(OWN, "js")
    return {
        name: (len(content), len(package.gzipped(name))) for name, content in package.files.items()
    }


def main() -> None:
    """Print a table, and whether the total is within the budget."""
    found = sizes()
    served, gzipped = (sum(column) for column in zip(*found.values(), strict=True))
    written = [len(content) for content in Package(OWN, "js", debug=True).files.values()]
    print("size: livewidget/js as browsers load it, in bytes\n")
    print(
        table(
            ["file", "served", "gzipped"],
            [*([name, *row] for name, row in found.items()), ["all", served, gzipped]],
        )
    )
    print(f"\nas written: {sum(written):,} bytes in {len(written)} modules")
    print(f"livewidget: {verdict(gzipped, BUDGET, 'bytes gzipped', atMost=True)}")


if __name__ == "__main__":
    main()
