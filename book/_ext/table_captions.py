"""Sphinx extension: tables that cells display are numbered tables of the site.

In a notebook, a table stands under its caption, a paragraph in italics. On the site that paragraph
becomes the table's title, so that the table is numbered as figures are.
"""

from docutils import nodes
from sphinx.transforms import SphinxTransform


def caption_of(table: nodes.table) -> nodes.paragraph | None:
    """The paragraph before a table, if it is in italics from end to end."""
    parent = table.parent
    before = parent[parent.index(table) - 1] if parent.index(table) else None
    if isinstance(before, nodes.paragraph) and len(before) == 1:
        return before if isinstance(before[0], nodes.emphasis) else None
    return None


class TableCaptions(SphinxTransform):
    default_priority = 205  # before Sphinx numbers what has a title

    def apply(self) -> None:
        for table in list(self.document.findall(nodes.table)):
            if (caption := caption_of(table)) is not None:
                caption.parent.remove(caption)
                table.insert(0, nodes.title("", "", *caption[0].children))


def setup(app) -> dict:
    app.add_transform(TableCaptions)
    return {"parallel_read_safe": True}
