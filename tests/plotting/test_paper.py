"""Figures for a paper: beside the PNG, as wide as a column, and the same at each drawing."""

import io
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from sandbox.config.checks import check
from sandbox.config.schema import FiguresConfig, RunConfig
from sandbox.plotting.canvas.paper import COLUMNS, Drawn, on_paper, with_paper
from sandbox.plotting.run_card import run_card
from sandbox.system.errors import InputError
from sandbox.system.markdown import in_page
from tests.plotting.test_run_card import data_of, outcome_of

NAMES = ["loss", "accuracy", "decision", "slope", "gradient", "activations"]


def card(wanted: FiguresConfig) -> bytes:
    data = data_of("binary", 2)
    outcome, network = outcome_of(data)
    with on_paper(wanted):
        return run_card(outcome, data, network, title="a card")


def test_a_card_is_an_svg_of_two_columns_with_all_that_the_png_has_and_the_same_each_time() -> None:
    figures = with_paper({"card.png": card(FiguresConfig("svg")), "notes.txt": b"left alone"})
    assert list(figures) == ["card.png", "notes.txt", "card.svg"]
    root = ET.fromstring(figures["card.svg"])  # noqa: S314 - we wrote it ourselves
    assert float(str(root.get("width")).removesuffix("pt")) == pytest.approx(72 * COLUMNS[2], rel=1e-4)
    assert root.get("viewBox") == "0 0 864 504"
    again = card(FiguresConfig("svg"))
    assert isinstance(again, Drawn) and again.beside[".svg"] == figures["card.svg"]
    # the field fills its axes: 0.222 of 864 points in width, whatever the resolution of the image is
    (image,) = root.iter("{http://www.w3.org/2000/svg}image")
    assert float(str(image.get("width"))) == pytest.approx(0.222 * 864, abs=1.5)


def test_in_one_column_every_chart_is_a_pdf_of_its_own_as_wide_as_the_column() -> None:
    drawn = card(FiguresConfig("pdf", 1))
    assert isinstance(drawn, Drawn) and len(drawn.beside) == 6
    for name, (end, file) in zip(NAMES, drawn.beside.items(), strict=True):
        assert name in end and file.startswith(b"%PDF")
        width = re.search(rb"/MediaBox \[ 0 0 ([0-9.]+)", file)
        assert width and float(width[1]) == pytest.approx(72 * COLUMNS[1], rel=1e-4)


def test_the_png_is_the_same_with_and_without_a_paper_and_nothing_lies_beside_it_by_default() -> None:
    plain, drawn = card(FiguresConfig()), card(FiguresConfig("pdf"))
    assert with_paper({"card.png": plain}) == {"card.png": plain}
    first, second = (np.asarray(Image.open(io.BytesIO(image))) for image in (plain, drawn))
    np.testing.assert_array_equal(first, second)


def test_a_page_shows_the_same_picture_whatever_lies_beside_it() -> None:
    shown = [in_page(card(FiguresConfig(kind)), 720) for kind in ("png", "svg", "pdf")]
    assert shown[0] == shown[1] == shown[2]
    root = ET.fromstring(shown[1])  # noqa: S314 - we wrote it ourselves
    _, _, wide, tall = map(float, str(root.get("viewBox")).split())
    assert root.get("width") == "720"
    assert float(str(root.get("height"))) == pytest.approx(720 * tall / wide, abs=0.5)


@pytest.mark.parametrize("wanted", [FiguresConfig("eps"), FiguresConfig("svg", 3), FiguresConfig("svg", 0)])
def test_a_format_or_width_that_there_is_not_is_refused(wanted: FiguresConfig) -> None:
    with pytest.raises(InputError, match="figures"):
        check(RunConfig(figures=wanted))
