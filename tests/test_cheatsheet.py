"""The cheat sheet: one legible page with what the guide and the ledger say, always the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import paper
import pytest

from booktools import cheatsheet
from helpers.claims import ledger
from helpers.show import plots

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    (folder / "chapters").mkdir()
    paper.whole_book(folder / "chapters")
    return folder


@pytest.fixture
def figure(root):
    drawn = cheatsheet.draw(cheatsheet.data(root))
    yield drawn
    plt.close(drawn)


def test_it_says_what_the_guide_and_the_ledger_say(root, figure):
    shown = cheatsheet.data(root)
    text = " ".join(item.get_text() for item in figure.texts)
    for rule in shown.rules.rules:
        # A line may break anywhere: compare without blanks.
        assert "".join(rule.advice.split()) in "".join(text.split())
    assert re.findall(r"\b[AB]\d\d\b", text)
    for state, number in ledger.counts(shown.verdicts).items():
        assert f"{state} ({number})" in text
    assert "".join(["literature:", "Weiss", "2018"]) in "".join(text.split())


def test_all_text_lies_on_the_page_and_none_on_other_text(figure):
    figure.set_dpi(72)
    renderer = figure.canvas.get_renderer()
    boxes = [item.get_window_extent(renderer) for item in figure.texts]
    width, height = (inches * 72 for inches in cheatsheet.A4)
    for item, box in zip(figure.texts, boxes, strict=True):
        assert box.x0 >= 30 and box.x1 <= width - 30, item.get_text()
        assert box.y0 >= 30 and box.y1 <= height - 30, item.get_text()
        assert item.get_fontsize() >= 8
    for i, first in enumerate(boxes):
        for j in range(i):
            overlap = min(first.x1, boxes[j].x1) - max(first.x0, boxes[j].x0)
            depth = min(first.y1, boxes[j].y1) - max(first.y0, boxes[j].y0)
            # Lines touch where a descender meets an ascender.
            texts = figure.texts[i].get_text(), figure.texts[j].get_text()
            assert overlap <= 0 or depth <= 2, texts


def test_a_book_without_verdicts_has_its_sheet_too(tmp_path):
    (tmp_path / "chapters").mkdir()
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "chapters" / "01_x.ipynb")
    figure = cheatsheet.draw(cheatsheet.data(tmp_path))
    sizes = [item.get_fontsize() for item in figure.texts]
    assert min(sizes) >= min(cheatsheet.SIZES) >= 7
    plt.close("all")


def test_a_guide_that_is_too_long_is_refused(root):
    shown = cheatsheet.data(root)
    longer = replace(shown, rules=replace(shown.rules, rules=shown.rules.rules * 2))
    with pytest.raises(ValueError, match="inches too long for one page"):
        cheatsheet.draw(longer)
    plt.close("all")


def test_pdf_is_one_page_of_a4_with_real_text(figure):
    pdf = cheatsheet.to_pdf(figure)
    assert pdf.startswith(b"%PDF") and b"/Count 1" in pdf
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    assert [round(float(side) / 72 * 25.4) for side in box.groups()] == [210, 297]
    assert b"CreationDate" not in pdf and b"Matplotlib" not in pdf
    assert b"/TrueType" in pdf or b"/CIDFontType2" in pdf
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S)
    contents = [zlib.decompress(s) for s in streams if s[:1] == b"x"]
    assert any(b"Tj" in content or b"TJ" in content for content in contents)


def test_bytes_are_the_same_in_another_process_and_at_another_time(root, tmp_path):
    cheatsheet.write(tmp_path, root)
    again = tmp_path / "again"
    again.mkdir()
    program = (
        "import sys; from pathlib import Path; from booktools import cheatsheet;"
        "cheatsheet.write(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    other = {"PYTHONHASHSEED": "5", "SOURCE_DATE_EPOCH": "1", "TZ": "Asia/Tokyo"}
    environment = {**os.environ, **other}
    command = [sys.executable, "-c", program, str(again), str(root)]
    subprocess.run(command, check=True, cwd=ROOT, env=environment)
    for name in cheatsheet.NAMES:
        assert (tmp_path / name).read_bytes() == (again / name).read_bytes(), name


def test_unchanged_files_are_left_alone(root, tmp_path):
    paths = cheatsheet.write(tmp_path, root)
    assert [path.name for path in paths] == list(cheatsheet.NAMES)
    for path in paths:
        os.utime(path, (1, 1))
    cheatsheet.write(tmp_path, root)
    assert [path.stat().st_mtime for path in paths] == [1, 1]


def test_figure_of_the_page_is_described_and_follows_the_theme(root, figure):
    svg = plots.to_svg(figure, cheatsheet.alt_text(cheatsheet.data(root).rules))
    assert 'aria-label="Cheat sheet on one page' in svg and "clipping" in svg
    assert "var(--figure-ink, #24292f)" in svg and "<metadata>" not in svg
    assert not re.search(r"(?<!var\(--figure-\w{3}, )#000000", svg)


def test_book_offers_it_for_download(book):
    for name in cheatsheet.NAMES:
        assert (book / "_static" / name).stat().st_size > 10_000


FRAME = ("_config.yml", "_static", "references.bib")


@pytest.mark.slow
def test_page_shows_it_and_leads_to_its_files(root, tmp_path):
    from booktools import build

    for name in FRAME:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    toc = "format: jb-book\nroot: index\nchapters:\n  - file: chapters/06_x\n"
    (tmp_path / "_toc.yml").write_text(toc, "utf8")
    (tmp_path / "index.md").write_text("# Start\n\nWords.\n", "utf8")
    (tmp_path / "chapters").mkdir()
    paper.whole_book(tmp_path / "chapters")
    path = tmp_path / "chapters" / "06_x.ipynb"
    page = paper.json.loads(path.read_text("utf8"))
    source = "# Last\n\n```{cheat-sheet}\n```\n"
    cell = {"cell_type": "markdown", "source": source, "metadata": {}, "id": "top"}
    page["cells"].insert(0, cell)
    path.write_text(paper.json.dumps(page), "utf8")
    whole, said = build.build(tmp_path)
    assert whole, said[-2000:]
    html = (tmp_path / "_build" / "html" / "chapters" / "06_x.html").read_text("utf8")
    for name in cheatsheet.NAMES:
        assert f'href="../_static/{name}" download' in html
        assert (tmp_path / "_build" / "html" / "_static" / name).exists()
    assert re.search(r'<svg role="img" aria-label="Cheat sheet on one page', html)
    assert html.count('id="verdict-a34"') == 1
