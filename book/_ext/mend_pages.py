"""Sphinx extension: mend what the theme and docutils write into finished pages.

- Font Awesome comes twice, as a font and as a script of 1.5 MB that draws the same icons: the
  script is left out.
- Wide pictures and tables get boxes that scroll sideways on a narrow screen, and that the keyboard
  can reach.
"""

import re
from pathlib import Path

SCRIPT = re.compile(r'\s*<script defer src="[^"]*_static/scripts/fontawesome\.js[^"]*"></script>')
FIGURE = re.compile(r'(<figure\b[^>]*>\s*)((?:<a class="reference internal image-reference"[^>]*>)?'
                    r"<img\b[^>]*>\s*(?:</a>)?)")  # fmt: skip
BOX = '<div class="wide" role="group" tabindex="0" aria-label="Figure; scrolls sideways">'

WITHOUT_SOURCE = ("genindex", "search", "index", "py-modindex")


def mend(html: str) -> str:
    """A finished page, mended. A second time changes nothing."""
    html = SCRIPT.sub("", html)
    return FIGURE.sub(rf"\1{BOX}\2</div>", html)


def mend_pages(app, error) -> None:
    if error is None and app.builder.format == "html":
        for page in Path(app.outdir).glob("*.html"):
            if page.stem not in {*app.env.found_docs, *WITHOUT_SOURCE}:
                page.unlink()  # of a chapter that is no longer in the book
                continue
            text = page.read_text(encoding="utf-8")
            if (mended := mend(text)) != text:
                page.write_text(mended, encoding="utf-8")
        for script in Path(app.outdir).glob("_static/scripts/fontawesome.js*"):
            script.unlink()


def setup(app) -> dict:
    app.connect("build-finished", mend_pages)
    return {"parallel_read_safe": True}
