"""Jinja2 templates rendered to the HTML of elements; C{page.document} makes that around them.

C{templates} renders one element, C{render} a tree of them, with what the browser needs to create
the widgets. C{html/} has the templates of the page itself, which
C{livewidget/page/document.py} fills in.

This room may import C{wire}, C{assets} and C{elements}. It has no JavaScript twin.
"""
