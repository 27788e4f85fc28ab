"""JavaScript modules and style sheets: found, checked, bundled and named by URL.

C{catalog} has all files that a resource knows, C{package} one folder of them, and C{plugins}
those of other distributions. C{folders} finds the folder of a class or package. C{jsscan} and
C{importcheck} check names. C{bundle} makes our own
modules one file. C{files} serves them all.

This room may import C{wire}. It has no JavaScript twin; the page's loader is
C{js/page/loader.js}.
"""
