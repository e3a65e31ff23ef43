"""How the processes share the tests (tests/conftest.py)."""

from __future__ import annotations

from conftest import LONGEST, ROOT, parts


def test_a_file_is_cut_into_as_many_parts_as_are_listed_and_keeps_its_order():
    count = LONGEST["test_browser.py"]
    names = [f"tests/test_browser.py::test_page[{k}]" for k in range(2 * count)]
    others = [f"tests/test_claims.py::test_{k}[a::b]" for k in range(3)]
    found = parts(names + others)
    numbers = [int(found[name].rpartition("-")[2]) for name in names]
    assert numbers == sorted([*range(count)] * 2)
    assert {found[name] for name in others} == {"test_claims.py-0"}


def test_every_file_in_the_list_is_there():
    assert [name for name in LONGEST if not (ROOT / "tests" / name).exists()] == []
