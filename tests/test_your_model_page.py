"""The page on your own model: its blocks run in order, and what the text says is so."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import keras
import numpy as np
import pytest

PAGE = Path(__file__).resolve().parent.parent / "appendix" / "your_model.md"
SECTIONS = (
    "Which backend", "A loss that is connected", "Padding", "Stateful layers", "Mixed precision",
    "Two directions, and masks", "Weighted examples", "A fair comparison",
)  # fmt: skip


@pytest.fixture(scope="module")
def ran() -> tuple[dict, list[str]]:
    """Run all blocks in one namespace; return it and what each block printed."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf8"), flags=re.DOTALL)
    names: dict = {}
    printed = []
    policy = keras.config.dtype_policy()
    for block in blocks:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(block, str(PAGE), "exec"), names)
        printed.append(out.getvalue())
    assert keras.config.dtype_policy() == policy, "the page must not change Keras's settings"
    return names, printed


def test_every_section_has_a_block_and_every_block_prints(ran):
    text = PAGE.read_text("utf8")
    titles = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    assert tuple(titles) == SECTIONS
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        assert "```python" in section, section[:40]
    assert len(ran[1]) == 11 and all(ran[1])


def test_backend_and_loss(ran):
    names, printed = ran
    assert printed[0].split("\n")[:2] == ["(3, 6)", "(3, 6)"]
    assert "Keras runs on tensorflow" in printed[1]
    np.testing.assert_array_equal(names["reach"].spectral, np.ones(6))
    assert printed[2].startswith("(3, 7)")
    assert "the loss is not connected to the states of" in printed[2]


def test_padding(ran):
    names, printed = ran
    assert printed[3].startswith("[False False False False  True  True]")
    assert np.isnan(names["lags"][1, 5:]).all() and np.isfinite(names["lags"][1, :5]).all()
    assert np.isfinite(names["lags"][[0, 2]]).all()
    # The second text has four tokens: its initial state is at lag 4.
    assert np.isfinite(names["by_lag"][0]).all()
    assert list(np.isnan(names["by_lag"][1])) == [False] * 5 + [True] * 2
    assert 0 <= names["dead"] <= 1


def test_stateful(ran):
    names, printed = ran
    assert printed[5].split() == ["True", "True"]
    assert abs(names["carried"]).max() > 0


def test_precision(ran):
    names, printed = ran
    half, exact = names["ratios"]
    assert not np.array_equal(half, exact)
    np.testing.assert_allclose(half, exact, rtol=0.1)
    assert printed[7].split() == ["[0.", "0.5", "1.", "]"]


def test_directions(ran):
    names, printed = ran
    assert printed[8].strip() == "True"
    shown, mask = names["shown"], names["mask"]
    np.testing.assert_allclose(
        names["forward"][mask], np.linalg.norm(shown[..., :4], axis=-1)[mask], atol=1e-5
    )


def test_weights(ran):
    names, _ = ran
    np.testing.assert_allclose(names["share"], names["equal"] * [[1], [2], [0]], rtol=1e-5)
    assert (names["share"][2] == 0).all() and (names["equal"][2] > 0).all()


def test_comparison(ran):
    runs = ran[0]["runs"]
    assert len(runs) == 8 and not runs["diverged"].any()
    rates = runs[runs["chosen"]].groupby("activation")["learning_rate"]
    assert (rates.nunique() == 1).all() and (rates.size() == 2).all()
    medians = runs.groupby(["activation", "learning_rate"])["validation_score"].median()
    best = medians.groupby(level="activation").idxmin()
    chosen = runs.loc[runs["chosen"], ["activation", "learning_rate"]]
    assert set(best) == set(chosen.itertuples(index=False, name=None))
