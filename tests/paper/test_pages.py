"""Tables and HTML for notebooks: whole in itself, described, and usable without a script."""

import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure

from grimlib.paper.pages import captioned, image_tag, logo_tag, stepper


def picture(tag: str) -> np.ndarray:
    """The pixels of an image tag's picture, (height, width, 4)."""
    source = BeautifulSoup(tag, "html.parser").img["src"]
    return plt.imread(io.BytesIO(base64.b64decode(source.removeprefix("data:image/png;base64,"))))


def test_an_image_holds_its_picture_and_its_description():
    figure = Figure(figsize=(3, 2))
    tag = image_tag(figure, 'a "quoted" <b> & more', dpi=50)
    assert BeautifulSoup(tag, "html.parser").img["alt"] == 'a "quoted" <b> & more'
    assert picture(tag).shape[:2] == (100, 150)
    with pytest.raises(ValueError, match="alt is empty"):
        image_tag(figure, "  ")


def test_a_logo_fills_as_much_of_its_picture_as_it_has_positions():
    def inked(width: int) -> float:
        ppm = np.tile([0.97, 0.01, 0.01, 0.01], (width, 1))
        columns = (picture(logo_tag(ppm, "As"))[..., :3] < 0.9).any(axis=(0, 2))
        return np.flatnonzero(columns).max() / len(columns)

    assert 0.2 < inked(5) < 0.3
    assert 0.45 < inked(10) < 0.55
    assert inked(30) > 0.9  # squeezed, not cut
    assert picture(logo_tag(np.full((8, 4), 0.25), "nothing"))[..., :3].min() == 1


def steps(names: list[str]) -> dict:
    return {name: (Figure(figsize=(1, 1)), f"step {name}") for name in names}


def test_a_stepper_offers_every_step_and_shows_the_last():
    html = stepper(steps(["0", "5", "a<b"]), "Updates")
    page = BeautifulSoup(html, "html.parser")
    assert page.legend.text == "Updates"
    assert "<script" not in html
    buttons = page.find_all("input", type="radio")
    assert len({button["name"] for button in buttons}) == 1
    assert [page.find("label", attrs={"for": b["id"]}).text for b in buttons] == ["0", "5", "a<b"]
    assert [button.has_attr("checked") for button in buttons] == [False, False, True]
    assert [image["alt"] for image in page.find_all("img")] == ["step 0", "step 5", "step a<b"]
    for i, button in enumerate(buttons):  # each button has the rule that shows its frame
        assert re.search(rf"#{button['id']}:checked\) \.frame-{i} ", html)
    with pytest.raises(ValueError, match="frames is empty"):
        stepper({}, "Updates")


def test_two_steppers_on_a_page_do_not_meet():
    names = {
        BeautifulSoup(stepper(steps(names), legend), "html.parser").input["name"]
        for names, legend in ((["0"], "a"), (["0"], "b"), (["0", "1"], "a"))
    }
    assert len(names) == 3


def test_a_captioned_table_names_what_has_a_name():
    table = pd.DataFrame({"TPR": ["0.1"]}, index=["CNN-4"])
    text = captioned(table, "A caption.").data
    caption, blank, head, _, row = text.splitlines()
    assert (caption, blank) == ("*A caption.*", "")
    assert [cell.strip() for cell in head.split("|")] == ["", "", "TPR", ""]
    assert "CNN\N{NON-BREAKING HYPHEN}4" in row
    named = captioned(table.rename_axis("model"), "A caption.").data
    assert "model" in named.splitlines()[2]
    assert "CNN" not in captioned(table, "A caption.", index=False).data
