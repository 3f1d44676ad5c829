"""What notebooks display: tables under their captions, logos in tables, figures to step through."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from io import BytesIO

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from grimlib.plots import plot_logo


def captioned(table: pd.DataFrame, caption: str, index: bool = True) -> object:
    """A table under its caption, as Markdown: what the last line of a cell displays.

    The site numbers it. The cells are shown as they are given: round numbers before. With `index`,
    the row names are the first columns.
    """
    from IPython.display import Markdown  # needed by notebooks only

    if index:
        table = (table if any(table.index.names) else table.rename_axis("")).reset_index()
    rows = table.to_markdown(index=False, disable_numparse=True)
    rows = rows.replace("CNN-", "CNN\N{NON-BREAKING HYPHEN}")  # a hyphen would let the name break
    return Markdown(f"*{caption}*\n\n{rows}")


def image_tag(figure: Figure, alt: str, dpi: int = 110) -> str:
    """A figure as an ``<img>`` that holds its picture (PNG, 64 colours) itself.

    `alt` says what the picture shows, for readers who do not see it; `dpi` is in pixels an inch.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    if not alt.strip():
        raise ValueError("alt is empty; say in a few words what the picture shows")
    drawn, buffer = BytesIO(), BytesIO()
    figure.savefig(drawn, format="png", dpi=dpi)
    # A palette of 64 colours is enough for logos and lines, and a third of the bytes.
    Image.open(drawn).convert("RGB").quantize(64).save(buffer, format="png", optimize=True)
    data = b64encode(buffer.getvalue()).decode("ascii")
    return f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}">'


def logo_tag(ppm: np.ndarray, alt: str) -> str:
    """The logo of a PPM, shape (width, 4), as a small ``<img>`` for the cell of a table.

    The picture is 20 nucleotides wide, so that the letters of all logos of a table have one width;
    a wider PPM is squeezed.
    """
    figure = Figure(figsize=(2.0, 0.5), layout="none")
    ax = figure.add_axes((0.01, 0.02, 0.98, 0.96))
    plot_logo(ppm, ax)
    ax.set_xlim(-0.5, max(20, len(ppm)) - 0.5)
    ax.set_axis_off()
    return image_tag(figure, alt, dpi=100)


def stepper(frames: Mapping[str, tuple[Figure, str]], legend: str) -> str:
    """Figures of which one is shown at a time, by choice of the reader.

    A group of radio buttons, with a few rules of CSS and no script: it works from the disk and by
    the keyboard's arrows, and a printed page has all figures.

    Parameters
    ----------
    frames : mapping of str to (matplotlib Figure, str)
        Each step's name, its figure, and what the figure shows. The last step is shown first.
    legend : str
        What the steps are.

    Raises
    ------
    ValueError
        If there is no step.
    """
    if not frames:
        raise ValueError("frames is empty; give one figure or more")
    group = "stepper-" + sha256(f"{legend}{list(frames)}".encode()).hexdigest()[:8]
    buttons, pictures, rules = [], [], []
    for i, (name, (figure, alt)) in enumerate(frames.items()):
        checked = " checked" if i == len(frames) - 1 else ""
        buttons.append(
            f'<input type="radio" name="{group}" id="{group}-{i}"{checked}>'
            f'<label for="{group}-{i}">{escape(name)}</label>'
        )
        pictures.append(
            f'<div class="frame frame-{i}"><p>{escape(legend)}: {escape(name)}</p>'
            f"{image_tag(figure, alt)}</div>"
        )
        rules.append(f"#{group}:has(#{group}-{i}:checked) .frame-{i} {{ display: block; }}")
    style = f"""
#{group} {{ position: relative; border: 0; margin: 0; padding: 0; }}
#{group} legend {{ float: none; margin: 0 0 0.3em; font-size: 1em; }}
#{group} input {{ position: absolute; opacity: 0; }}
#{group} label {{ display: inline-block; min-width: 2.2em; margin: 0 0.25em 0.4em 0;
    padding: 0.1em 0.5em; border: 1px solid; border-radius: 0.3em; text-align: center;
    cursor: pointer; }}
#{group} input:checked + label {{ background: #0b5394; border-color: #0b5394; color: #fff; }}
#{group} input:focus-visible + label {{ outline: 3px solid #d55e00; outline-offset: 2px; }}
#{group} .frame {{ display: none; }}
#{group} .frame p {{ display: none; }}
#{group} .frame img {{ max-width: 100%; }}
{chr(10).join(rules)}
@media print {{
    #{group} label {{ display: none; }}
    #{group} .frame, #{group} .frame p {{ display: block; break-inside: avoid; }}
}}"""
    return (
        f'<style>{style}</style><fieldset id="{group}"><legend>{escape(legend)}</legend>'
        f"{''.join(buttons)}{''.join(pictures)}</fieldset>"
    )
