"""The base seed and the seeds made from it, and the checks of arguments beside them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from helpers import checks, seeds


def test_default_and_variable(monkeypatch):
    monkeypatch.delenv(seeds.VARIABLE, raising=False)
    assert seeds.base_seed() == 0
    monkeypatch.setenv(seeds.VARIABLE, "7")
    assert seeds.base_seed() == 7


def test_the_largest_seed_and_spaces_around_it(monkeypatch):
    monkeypatch.setenv(seeds.VARIABLE, f" {2**31 - 1} ")
    assert seeds.base_seed() == 2**31 - 1


def test_seeds_of_runs_stay_what_they_are(monkeypatch):
    """Every stored output of the book rests on these numbers."""
    monkeypatch.delenv(seeds.VARIABLE, raising=False)
    assert [seeds.run_seed(i) for i in range(3)] == [1484405855, 1982462498, 1570558271]
    monkeypatch.setenv(seeds.VARIABLE, "1")
    assert seeds.run_seed(0) == 917752063


@pytest.mark.parametrize("text", ["-1", "one", "1.5", "", str(2**31), "²"])
def test_wrong_seed_is_refused_with_its_value(monkeypatch, text):
    monkeypatch.setenv(seeds.VARIABLE, text)
    with pytest.raises(ValueError, match="COURSE_SEED=.*between 0 and 2147483647"):
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


def test_whole_numbers():
    assert checks.whole_number("n", 3, 3) == 3
    assert type(checks.whole_number("n", np.int64(7), 1)) is int
    with pytest.raises(ValueError, match="n=2 is too small; choose 3 or more"):
        checks.whole_number("n", 2, 3)
    for value in (2.0, "2", None, True, False):
        with pytest.raises(TypeError, match=f"n={value!r} is not a whole number"):
            checks.whole_number("n", value, 0)


def test_positive_numbers():
    for value in (1, 0.5, np.float32(2), 1e-300, 1e300):
        found = checks.positive_number("rate", value)
        assert found == value and type(found) is float
    for value in (0, -1, 0.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="is not above 0 and finite"):
            checks.positive_number("rate", value)
    for value in (True, "1", None, 1j):
        with pytest.raises(TypeError, match="is not a number"):
            checks.positive_number("rate", value)


def test_one_of_several():
    checks.one_of("kind", "b", ("a", "b"))
    with pytest.raises(ValueError, match="kind='c' is not known; choose from a, b"):
        checks.one_of("kind", "c", ("a", "b"))


def test_another_base_seed_is_in_use_inside_the_block_alone():
    outside = seeds.base_seed(), seeds.run_seed(0)
    with seeds.using(5) as seed:
        assert seeds.base_seed() == seed == 5 and seeds.run_seed(0) != outside[1]
        with pytest.raises(ZeroDivisionError), seeds.using(6):
            _ = 1 / 0
        assert seeds.base_seed() == 5
    assert (seeds.base_seed(), seeds.run_seed(0)) == outside
    for wrong in (-1, 2**31, 1.5):
        with pytest.raises(ValueError, match="seed=.*between 0 and 2147483647"), seeds.using(wrong):
            pass


def test_a_derived_seed_depends_on_every_text_and_on_the_base_seed():
    one = seeds.derived("A03", "gain > 0")
    others = [seeds.derived("A03", "gain > 0.1"), seeds.derived("A0", "3gain > 0")]
    with seeds.using(1):
        others.append(seeds.derived("A03", "gain > 0"))
    assert one == seeds.derived("A03", "gain > 0") and one not in others
    with seeds.using(0):
        assert seeds.derived("A03", "gain > 0") == 828454615, "the same on every machine"
