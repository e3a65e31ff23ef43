"""Outputs of two runs: estimates overlap, the eye sees no difference, the rest is equal."""

from __future__ import annotations

import copy
import os
import subprocess
import sys

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest

from booktools.build import ROOT
from booktools.outputs import differences, records, texts_equal
from helpers.show import plots, series
from helpers.statistics import Estimate
from helpers.statistics.estimate import MIME

STORED = "RNN reaches 0.83 [0.79, 0.87], n = 10: holds"
VERDICT = "application/vnd.rnn-activations.verdict+json"
ALT = "Two functions against the lag, and three rows with their intervals beside them."


def printed(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def shown(metadata=None, **data):
    names = {"svg": "image/svg+xml", "html": "text/html", "plain": "text/plain"}
    data = {names.get(key, key): value for key, value in data.items()}
    return {"output_type": "display_data", "data": data, "metadata": metadata or {}}


def estimate(value, low, high, **more):
    return shown(**{MIME: Estimate(value, low, high, **more).to_record(), "plain": "any"})


def figure_data(shift=0.0, data=None):
    figure, (left, right) = plt.subplots(1, 2)
    x = np.linspace(1, 100, 51)
    for name, factor in (("tanh", 1.0), ("relu", 2.0)):
        y = factor * np.sqrt(x) + shift
        left.fill_between(x, y - 1, y + 1, color=plots.colour(name))
        left.plot(x, y, color=plots.colour(name), label=name)
    left.set(title="reach", xlabel="lag", ylim=(-5, 30))
    plots.label_lines(left)
    rows = [("tanh", Estimate(0.8, 0.7, 0.9)), ("GRU", Estimate(0.3, 0.2, 0.45)),
            ("LSTM", Estimate(0.5, 0.4, 0.6))]  # fmt: skip
    plots.draw_intervals(right, data or rows, {"tanh": "tanh"})
    right.axvline(0.5, color=plots.colour("ink"))
    right.plot([0.1, 1], [0.001, 0.1], color=plots.colour("olive"))
    right.text(0.6, 1, "guessing")
    right.set(xlim=(0, 1))
    record = series.record(figure, ALT)
    plt.close(figure)
    return record


def as_output(record):
    return [shown(**{series.MIME: record, "svg": "<svg>", "plain": "Figure"})]


# Texts


@pytest.mark.parametrize(
    "text",
    [
        STORED,
        "RNN reaches 0.85 [0.82, 0.90], n = 10: holds",
        "RNN reaches  0.8 [0.75, 0.80], n = 10: holds",
    ],
)
def test_overlapping_intervals_are_equal(text):
    assert texts_equal(STORED, text)
    assert differences([printed(STORED)], [printed(text)]) == []


@pytest.mark.parametrize(
    "text",
    [
        "RNN reaches 0.93 [0.88, 0.97], n = 10: holds",
        "RNN reaches 0.83 [0.79, 0.87], n = 10: refuted",
        "RNN reaches 0.83 [0.79, 0.87], n = 11: holds",
        "RNN reaches 0.83, n = 10: holds",
        "RNN reaches 0.83 [0.79, 0.87] and 0.83 [0.79, 0.87], n = 10: holds",
    ],
)
def test_anything_else_differs(text):
    assert not texts_equal(STORED, text)
    (line,) = differences([printed(STORED)], [printed(text)])
    assert line == f"printed: stored {STORED!r}, now {text!r}"


def test_texts_without_estimates_are_compared_to_the_letter():
    assert not texts_equal("slope 0.2500", "slope 0.2501")
    assert not texts_equal("a  b", "a b")
    assert texts_equal("slope -0.00 at -0.5", "slope 0.00 at -0.5")
    assert not texts_equal("slope -0.01", "slope 0.01")


def test_a_difference_names_the_line():
    stored = "".join(f"row {i}: {i}\n" for i in range(20))
    assert differences([printed(stored)], [printed(stored.replace("row 7: 7", "row 7: 8"))]) == [
        "printed, line 8: stored 'row 7: 7', now 'row 7: 8'"
    ]
    many = differences([printed(stored)], [printed(stored.replace("row", "now"))])
    assert len(many) == 6 and many[-1] == "printed: and 15 lines more"
    (line,) = differences([printed("a\nb\n")], [printed("a\nx\nb\n")])
    assert line == "printed: stored 2 lines, now 3: line 2 was 'b' and is 'x'"


def test_how_a_stream_is_cut_does_not_matter():
    assert differences([printed("ab\ncd\n")], [printed("ab\nc"), printed(["d", "\n"])]) == []


@pytest.mark.parametrize("outputs", [([], ["w"]), (["w"], []), (["w"], ["w"])])
def test_stderr_is_never_accepted(outputs):
    stored, new = ([printed(f"Warning: {text}", "stderr") for text in part] for part in outputs)
    assert "stderr: 'Warning: w'" in differences(stored, new)[0]


def test_an_error_is_compared_by_its_kind_and_message():
    def error(kind, message, trace):
        return {"output_type": "error", "ename": kind, "evalue": message, "traceback": [trace]}

    stored = [error("ValueError", "no colour", "at line 1")]
    assert differences(stored, [error("ValueError", "no colour", "at line 2")]) == []
    assert differences(stored, [error("TypeError", "no colour", "at line 1")])
    assert "evalue" in differences(stored, [error("ValueError", "no hue", "at line 1")])[0]
    assert differences(stored, [shown(plain="no colour")])


# Displayed outputs


def test_a_missing_output_is_named():
    (line,) = differences([shown(plain="a"), estimate(1, 0, 2)], [shown(plain="a")])
    assert line == "stored 2 outputs (output, estimate), now 1 (output)"


def test_untyped_outputs_are_compared_in_all_their_forms():
    stored = [shown(html="<b>1</b>", plain="1")]
    assert differences(stored, stored) == []
    assert differences(stored, [shown(html="<b>1</b>", plain="2")]) == [
        "output, text/plain: stored '1', now '2'"
    ]
    assert "text/html" in differences(stored, [shown(html="<i>1</i>", plain="1")])[0]
    assert "'text/html' is gone" in differences(stored, [shown(plain="1")])[0]


def test_an_execution_result_equals_what_is_displayed():
    result = {"output_type": "execute_result", "execution_count": 3, "data": {"text/plain": "1"},
              "metadata": {}}  # fmt: skip
    assert differences([result], [{**result, "execution_count": 9}]) == []


def test_a_table_is_compared_by_its_rows():
    stored = "              score\ntanh  0.8 [0.7, 0.9]\nReLU  0.3 [0.2, 0.4]"
    new = "               score\ntanh  0.85 [0.75, 0.90]\nReLU  0.3 [0.2, 0.4]"
    assert differences([shown(plain=stored, html="<td>0.8 [0.7, 0.9]</td>")],
                       [shown(plain=new, html="<td>0.85 [0.75, 0.90]</td>")]) == []  # fmt: skip
    (line,) = differences([shown(plain=stored)], [shown(plain=new.replace("0.3 [0.2", "0.9 [0.8"))])
    assert line.startswith("output, text/plain, line 3: stored 'ReLU  0.3 [0.2, 0.4]'")


def test_what_looks_like_an_estimate_but_is_none_is_compared_to_the_letter():
    assert texts_equal("0.5 [0.4, 0.6] at 3 [5, 2]", "0.5 [0.4, 0.7] at 3 [5, 2]")
    assert not texts_equal("0.5 [0.4, 0.6] at 3 [5, 2]", "0.5 [0.4, 0.6] at 3 [6, 2]")


def test_a_picture_without_data_is_compared_by_its_description():
    drawing = '<svg role="img" aria-label="{}" width="9"><path d="M {} 0"/></svg>'
    a, b, c = (
        [shown(svg=drawing.format(*values))]
        for values in [("a line", 1.25), ("a line", 1.5), ("a dot", 1.25)]
    )
    assert differences(a, b) == []
    assert differences(a, c) == ["picture without data, image/svg+xml: stored 'a line', "
                                 "now 'a dot'"]  # fmt: skip


def test_estimates_are_equal_if_they_overlap():
    stored = [estimate(0.83, 0.79, 0.87, n=10)]
    assert differences(stored, [estimate(0.9, 0.86, 0.95, n=10)]) == []
    assert differences(stored, [estimate(0.9, 0.88, 0.95, n=10)]) == [
        "estimate: stored 0.83 [0.79, 0.87], now 0.90 [0.88, 0.95], which do not overlap"
    ]
    assert "n: stored 10, now 9" in differences(stored, [estimate(0.83, 0.79, 0.87, n=9)])[0]
    assert differences(stored, [estimate(0.83, 0.79, 0.87, n=10, unit="GW")])


def test_an_estimate_without_an_interval_equals_itself_alone():
    one = [estimate(0.5, np.nan, np.nan, n=1)]
    assert differences(one, copy.deepcopy(one)) == []
    assert differences(one, [estimate(0.6, np.nan, np.nan, n=1)])
    assert differences([estimate(1, 0.5, np.inf)], [estimate(9, 8, np.inf)]) == []


def test_a_glued_value_keeps_its_name_and_kind():
    def glued(name, mime, value):
        prefix = "application/papermill.record/"
        metadata = {"scrapbook": {"name": name, "mime_prefix": prefix}}
        return [shown(metadata, **{prefix + mime: value, f"{prefix}text/plain": "any"})]

    stored = glued("share", MIME, Estimate(0.5, 0.4, 0.6).to_record())
    assert differences(stored, glued("share", MIME, Estimate(0.6, 0.5, 0.7).to_record())) == []
    (line,) = differences(stored, glued("share", MIME, Estimate(0.9, 0.8, 1).to_record()))
    assert line.startswith("glued estimate 'share': stored 0.5")
    (line,) = differences(stored, glued("part", MIME, Estimate(0.5, 0.4, 0.6).to_record()))
    assert line == "stored glued estimate 'share', now glued estimate 'part'"


def test_records_are_equal_but_for_their_estimates():
    def verdict(word="holds", value=0.5, rule="share > 0.4", effects=("share",)):
        interval = Estimate(value, value - 0.1, value + 0.1).to_record()
        effects = [{"name": name, "estimate": interval, "text": f"{value} [0.1, 0.9]"}
                   for name in effects]  # fmt: skip
        record = {"claim": "A07", "verdict": word, "rule": rule, "effects": effects, "n": 3}
        return [shown(**{VERDICT: record, "html": f"<b>{value}</b>", "plain": str(value)})]

    assert differences(verdict(), verdict(value=0.65)) == []
    (line,) = differences(verdict(), verdict(value=0.85))
    assert line.startswith("verdict A07, effects, share, estimate: stored 0.5")
    assert differences(verdict(), verdict("refuted")) == [
        "verdict A07, verdict: stored 'holds', now 'refuted'"
    ]
    assert differences(verdict(), verdict(rule="share > 0.3"))
    assert differences(verdict(effects="ab"), verdict(effects="ba"))
    assert differences(verdict(effects="ab"), verdict(effects="a"))


def test_records_of_other_shape_differ():
    assert records({"a": 1}, {"b": 1}, "it") == ["it: 'a' is gone", "it: 'b' is new"]
    assert records([1], {"a": 1}, "it") and records(1, "1", "it") and records(None, 0, "it")
    assert records({"value": 1, "low": 0, "high": 2}, 1, "it")


# Figures


def test_a_figure_equals_itself_and_one_whose_intervals_overlap():
    assert differences(as_output(figure_data()), as_output(figure_data())) == []
    rows = [("tanh", Estimate(0.88, 0.85, 0.95)), ("GRU", Estimate(0.3, 0.2, 0.45)),
            ("LSTM", Estimate(0.5, 0.4, 0.6))]  # fmt: skip
    assert differences(as_output(figure_data()), as_output(figure_data(1.5, rows))) == []


def test_lines_from_end_to_end_are_intervals_without_a_value():
    def lines(longer):
        figure, axes = plt.subplots()
        axes.hlines(range(4), [1, 2, 3, 4], np.array([2, 3, 4, 5]) + longer)
        record = series.record(figure, ALT)
        plt.close(figure)
        return as_output(record)

    assert differences(lines(0), lines(0)) == []
    moved = lines(0)
    moved[0]["data"][series.MIME]["panels"][0]["series"][0]["low"] = [1, 2, 3, 7]
    (line,) = differences(lines(0), moved)
    assert "which do not overlap" in line


def test_intervals_that_part_are_told_with_their_place():
    lines = differences(as_output(figure_data()), as_output(figure_data(2.5)))
    assert len(lines) == 2
    assert lines[0] == (
        "figure 'Two functions against the lag, and three rows …', panel 1 ('reach'), "
        "series 1 ('tanh', blue line), point 1 (x = 1): stored 1 [0, 2], now 3.5 [2.5, 4.5], "
        "which do not overlap (and 50 more)"
    )
    rows = [("tanh", Estimate(0.8, 0.7, 0.9)), ("GRU", Estimate(0.6, 0.5, 0.7)),
            ("LSTM", Estimate(0.5, 0.4, 0.6))]  # fmt: skip
    (line,) = differences(as_output(figure_data()), as_output(figure_data(data=rows)))
    assert "panel 2, series 2 (ink points), point 1 'GRU' (y = 1)" in line
    assert "stored 0.3 [0.2, 0.45], now 0.6 [0.5, 0.7]" in line


def change(path, value):
    """Return a function that sets one field deep in a figure's data."""

    def apply(record):
        *way, last = path
        for key in way:
            record = record[key]
        record[last] = value(record[last]) if callable(value) else value

    return apply


LEFT, RIGHT = ("panels", 0), ("panels", 1)
TAMPERED = {
    "description": (change(("alt",), f"{ALT} Or not."), "alt was"),
    "title": (change((*LEFT, "title"), "rich"), "title was 'reach'"),
    "axis label": (change((*LEFT, "x", "label"), "gap"), "x axis: label was 'lag'"),
    "scale": (change((*LEFT, "y", "scale"), "log"), "scale was 'linear'"),
    "limits": (change((*RIGHT, "x", "limits"), [0, 2]), "stored limits [0.0, 1.0], now [0, 2]"),
    "rows swapped": (
        change((*RIGHT, "y", "ticks"), [[0, "tanh"], [1, "GRU"], [2, "LSTM"]]), "ticks was"),
    "panel gone": (change(("panels",), lambda p: p[:1]), "stored 2 panels, now 1"),
    "series gone": (change((*RIGHT, "series"), lambda s: s[:-1]), "stored 5 series, now 4"),
    "series swapped": (change((*LEFT, "series"), lambda s: s[::-1]), "label was 'tanh'"),
    "label": (change((*LEFT, "series", 0, "label"), "relu"), "label was 'tanh' and is 'relu'"),
    "kind": (change((*LEFT, "series", 0, "kind"), "points"), "kind was 'line'"),
    "colour": (change((*LEFT, "series", 1, "colour"), "blue"), "colour was 'green'"),
    "dash": (change((*LEFT, "series", 0, "dash"), "dotted"), "dash was 'solid'"),
    "band on another x": (
        change((*LEFT, "series", 0, "x"), {"first": 1, "last": 90, "count": 51}), "x was"),
    "a point lost": (
        change((*LEFT, "series", 0, "x"), {"first": 1, "last": 100, "count": 50}), "51 points"),
    "no interval": (change((*RIGHT, "series", 0), lambda s: {k: v for k, v in s.items()
                    if k not in ("low", "high", "along")}), "along was 'x'"),
    "interval apart": (
        change((*RIGHT, "series", 0), lambda s: s | {"low": [0.7], "high": [0.8]}),
        "[0.7, 0.8], which do not overlap"),
    "intervals begin at the value": (
        change((*LEFT, "series", 0), lambda s: s | {"low": s["y"]}), "the low ends are 0 from"),
    "intervals without width": (
        change((*LEFT, "series", 0), lambda s: s | {"low": s["y"], "high": s["y"]}),
        "the high ends are 0 from"),
    "intervals of any width": (
        change((*LEFT, "series", 0), lambda s: s | {"high": [v + 1e3 for v in s["y"]]}),
        "the high ends are 1000 from"),
    "line at another height": (change((*RIGHT, "series", 3, "x"), [0.503]), "x was 0.5"),
    "line in other place": (change((*RIGHT, "series", 4, "y"), [0.001, 0.2]), "y was 0.1"),
    "words": (change((*RIGHT, "texts", 0, "text"), "chance"), "now 'chance' in ink"),
    "all words": (
        change((*LEFT, "texts"), lambda t: [t[0] | {"text": "one"}, t[1] | {"text": "two"}]),
        "now 'one' in"),
    "colour of words": (change((*RIGHT, "texts", 0, "colour"), "blue"), "in blue"),
    "place of words": (change((*RIGHT, "texts", 0, "place"), [0.1, 0.1]), "place was"),
    "labels swapped": (
        change((*LEFT, "texts"), lambda t: [t[0] | {"place": t[1]["place"]},
                                            t[1] | {"place": t[0]["place"]}]), "place was"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_a_figure_that_was_tampered_with_differs(name):
    tamper, said = TAMPERED[name]
    changed = figure_data()
    tamper(changed)
    lines = differences(as_output(figure_data()), as_output(changed))
    assert lines and said in " ".join(lines)
    assert all(line.startswith("figure 'Two functions") for line in lines)


def test_the_eye_sees_a_500th_of_an_axis():
    for path, near, far in [((3, "x"), [0.5015], [0.5025]), ((4, "y"), [0.001, 0.105], None)]:
        for values, equal in ((near, True), (far, False)):
            changed = figure_data()
            if values is not None:
                change((*RIGHT, "series", *path), values)(changed)
                found = differences(as_output(figure_data()), as_output(changed))
                assert (found == []) is equal, (path, values)


def test_what_lies_beyond_the_axes_is_not_seen():
    changed = figure_data()
    change((*RIGHT, "series", 4, "x"), [0.1, 7.0])(changed)  # the axis ends at 1
    assert differences(as_output(figure_data()), as_output(changed)) == []


def test_a_logarithmic_axis_is_seen_in_powers_of_ten():
    def drawn(y):
        figure, axes = plt.subplots()
        axes.semilogy([0, 1], y)
        axes.set_ylim(1e-6, 1)
        record = series.record(figure, ALT)
        plt.close(figure)
        return as_output(record)

    assert differences(drawn([1e-5, 1e-5]), drawn([1.02e-5, 0.99e-5])) == []
    assert differences(drawn([1e-5, 1e-5]), drawn([1.05e-5, 1e-5]))
    assert differences(drawn([1e-5, 0]), drawn([1e-5, 1e-9])) == []
    assert differences(drawn([1e-5, 0.5]), drawn([1e-5, np.nan]))


def test_single_runs_are_compared_by_what_they_are():
    stored, new = figure_data(), figure_data()
    for record in (stored, new):
        record["panels"][1]["single_runs"] = True
    change((*RIGHT, "series", 4, "y"), [3, 4, 5])(new)
    change((*RIGHT, "texts"), [])(new)
    assert differences(as_output(stored), as_output(new)) == []
    change((*RIGHT, "series", 4, "colour"), "blue")(new)
    (line,) = differences(as_output(stored), as_output(new))
    assert "colour was 'olive' and is 'blue'" in line
    assert differences(as_output(figure_data()), as_output(stored))


def test_bars_and_images_are_compared():
    def drawn(heights, shade):
        figure, (left, right) = plt.subplots(1, 2)
        left.bar([0, 1], heights)
        right.imshow(np.array([[0, shade], [1, 0.5]]))
        record = series.record(figure, ALT)
        plt.close(figure)
        return as_output(record)

    assert differences(drawn([1, 2], 0.3), drawn([1, 2.001], 0.301)) == []
    assert "y was 2 and is 2.1" in differences(drawn([1, 2], 0.3), drawn([1, 2.1], 0.3))[-1]
    assert "values was 0.3" in differences(drawn([1, 2], 0.3), drawn([1, 2], 0.31))[-1]


# nbval


def notebook(path, outputs, code, tags=()) -> None:
    cell = nbformat.v4.new_code_cell(code, outputs=outputs, execution_count=1)
    cell.metadata["tags"] = list(tags)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def nbval(path) -> tuple[bool, str]:
    """Run pytest on a notebook; return whether it passes, and what it says."""
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-current-env"]
    command += ["-p", "no:cacheprovider", "-p", "booktools.nbval_adapter", "-c", "/dev/null"]
    done = subprocess.run(
        [*command, "--rootdir", str(path.parent), str(path)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "text, passes", [("score 0.80 [0.70, 0.90]\n", True), ("score 0.20 [0.10, 0.30]\n", False)]
)
def test_nbval_itself_uses_the_comparison(tmp_path, text, passes):
    notebook(tmp_path / "n.ipynb", [stream(text)], "print('score 0.82 [0.75, 0.93]')")
    passed, said = nbval(tmp_path / "n.ipynb")
    assert passed is passes
    if not passes:
        assert f"printed: stored {text.strip()!r}"[:-1] in said


@pytest.mark.slow
def test_nbval_compares_typed_outputs(tmp_path):
    code = "from helpers.statistics import Estimate\nEstimate(0.82, 0.75, 0.93, n=5)"
    for value, passes in ((0.9, True), (0.2, False)):
        data = Estimate(value, value - 0.1, value + 0.05, n=5).to_record()
        bundle = {MIME: data, "text/plain": "another text"}
        output = nbformat.v4.new_output("execute_result", data=bundle, execution_count=1)
        notebook(tmp_path / "n.ipynb", [output], code)
        passed, said = nbval(tmp_path / "n.ipynb")
        assert passed is passes
        assert passes or "estimate: stored 0.20 [0.10, 0.25], now 0.82 [0.75, 0.93]" in said


@pytest.mark.slow
@pytest.mark.parametrize("code, passes", [("print(2)", True), ("sys.stderr.write('oh')", False)])
def test_an_excused_cell_may_still_not_write_to_stderr(tmp_path, code, passes):
    cell = f"import sys\n{code};"
    notebook(tmp_path / "n.ipynb", [stream("1\n")], cell, ["nbval-ignore-output"])
    passed, said = nbval(tmp_path / "n.ipynb")
    assert passed is passes and (passes or "now on stderr: 'oh'" in said)
