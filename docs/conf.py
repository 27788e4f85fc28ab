"""The configuration of Sphinx. C{make docs} builds the site into C{build/docs}."""

import tomllib
from pathlib import Path
from typing import Any

from pygments.lexers.templates import HtmlDjangoLexer

_PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]

project = _PROJECT["name"]
release = version = _PROJECT["version"]
author = _PROJECT["authors"][0]["name"]
copyright = author

extensions = ["myst_parser"]
# Links to headings are checked. The anchors are those that code hosts make too.
myst_heading_anchors = 3
exclude_patterns = ["site"]
# Options begin with two hyphens, which are not a dash.
smartquotes = False

html_theme = "pydata_sphinx_theme"
html_title = project
html_favicon = "_static/icon.svg"
html_static_path = ["_static", "site/static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "logo": {"text": project},
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_version_warning_banner": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
# The first page has no section to navigate in, and neither has the changelog.
html_sidebars = {"index": [], "changelog": []}
html_context = {"default_mode": "auto"}


def setup(app: Any) -> None:
    """Read blocks of HTML as the Jinja2 templates that they are."""
    app.add_lexer("html", HtmlDjangoLexer)
