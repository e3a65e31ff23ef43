"""The base seed and the seeds made from it."""

from __future__ import annotations

import pytest

from helpers import seeds


def test_default_and_variable(monkeypatch):
    monkeypatch.delenv(seeds.VARIABLE, raising=False)
    assert seeds.base_seed() == 0
    monkeypatch.setenv(seeds.VARIABLE, "7")
    assert seeds.base_seed() == 7


@pytest.mark.parametrize("text", ["-1", "one", "1.5", "", str(2**31), "²"])
def test_wrong_seed_is_refused_with_its_value(monkeypatch, text):
    monkeypatch.setenv(seeds.VARIABLE, text)
    with pytest.raises(ValueError, match="COURSE_SEED"):
        seeds.base_seed()


def test_runs_share_no_seed_between_base_seeds(monkeypatch):
    drawn = []
    for base in range(20):
        monkeypatch.setenv(seeds.VARIABLE, str(base))
        drawn += [seeds.run_seed(i) for i in range(50)]
    assert len(set(drawn)) == len(drawn)
    assert all(0 <= seed < 2**31 for seed in drawn)
    with pytest.raises(ValueError, match="-1"):
        seeds.run_seed(-1)
