"""The HTML of elements; that of the page around them is made by C{page.document}.

C{templates} renders one element, C{render} a tree of them, with what the browser needs to create
the widgets. C{html/} has the templates of the page itself, which
C{livewidget/page/document.py} fills in.

This room may import C{wire}, C{assets} and C{elements}. It has no JavaScript twin.
"""
