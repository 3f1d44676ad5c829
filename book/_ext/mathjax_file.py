"""Sphinx extension: formulas are drawn by a file within the site, with no other host.

The package `sphinx-mathjax-offline` brings MathJax. As an extension it would copy all its 24 MB
into the site; one file is enough for this book's formulas.
"""

from importlib.util import find_spec
from pathlib import Path

from sphinx.errors import ExtensionError

PACKAGE = "sphinx-mathjax-offline"  # the module has hyphens too


def use_one_file(app, config) -> None:
    spec = find_spec(PACKAGE)
    if spec is None:
        raise ExtensionError(f"{PACKAGE} is not installed; `pip install -e .[book]` brings it")
    mathjax = Path(spec.origin).parent / "static/mathjax/tex-svg.js"
    config.html_static_path.append(str(mathjax))
    config.mathjax_path = mathjax.name


def setup(app) -> dict:
    app.connect("config-inited", use_one_file)
    return {"parallel_read_safe": True}
