"""Links to the repository come from one source, and none of them is dead."""

from __future__ import annotations

import subprocess

import pytest

from booktools import links

PUBLIC = [
    ("https://github.com/owner/name.git", "https://github.com/owner/name"),
    ("https://github.com/owner/name/", "https://github.com/owner/name"),
    ("git@github.com:owner/name.git", "https://github.com/owner/name"),
    ("ssh://git@gitlab.com:2222/group/sub/name.git", "https://gitlab.com/group/sub/name"),
    ("https://user:secret@github.com/owner/name", "https://github.com/owner/name"),
    ("https://git.firm.org:8443/owner/name", "https://git.firm.org:8443/owner/name"),
]
PRIVATE = [
    "/home/me/name",
    "../name",
    "file:///srv/git/name.git",
    "http://localhost:3000/owner/name",
    "http://192.168.1.7/owner/name",
    "git@forge.internal:owner/name.git",
    "https://github.com/",
    "C:\\work\\name",
    "https://[bad/owner/name",
]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    monkeypatch.delenv(links.VARIABLE, raising=False)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def set_origin(checkout, url: str) -> None:
    subprocess.run(["git", "-C", checkout, "remote", "add", "origin", url], check=True)


@pytest.mark.parametrize("remote, address", PUBLIC)
def test_public_remotes_become_web_addresses(remote, address):
    assert links.web_address(remote) == address


@pytest.mark.parametrize("remote", PRIVATE)
def test_private_remotes_are_left_out(remote):
    assert links.web_address(remote) is None


def test_origin_is_used(checkout):
    set_origin(checkout, "git@github.com:owner/name.git")
    assert links.repository_url(checkout) == "https://github.com/owner/name"


def test_variable_comes_before_origin(checkout, monkeypatch):
    set_origin(checkout, "git@github.com:owner/name.git")
    monkeypatch.setenv(links.VARIABLE, "https://github.com/other/fork")
    assert links.repository_url(checkout) == "https://github.com/other/fork"


def test_without_either_there_is_no_address(checkout):
    assert links.repository_url(checkout) is None


def test_private_origin_gives_no_address(checkout):
    set_origin(checkout, "/srv/git/name.git")
    assert links.repository_url(checkout) is None


def test_wrong_variable_is_refused_with_its_value(checkout, monkeypatch):
    monkeypatch.setenv(links.VARIABLE, "github.com/owner")
    with pytest.raises(ValueError, match="github.com/owner"):
        links.repository_url(checkout)


def test_the_readme_has_a_badge_for_colab_where_colab_reads_the_repository():
    readme = "\n".join(links.BADGE_MARKS)
    badged = links.with_badge(readme, "https://github.com/owner/name")
    assert f"]({links.colab_url('https://github.com/owner/name', links.FIRST_LESSON)})" in badged
    assert (links.ROOT / "chapters" / f"{links.FIRST_LESSON}.ipynb").exists()
    assert "mybinder" in badged
    assert "colab" not in links.with_badge(readme, "https://gitlab.com/owner/name")


def test_binder_opens_jupyterlab_at_the_chapter():
    url = links.binder_url("https://github.com/owner/name", "chapters/01_background.ipynb")
    assert url == (
        "https://mybinder.org/v2/gh/owner/name/main?urlpath=lab/tree/chapters/01_background.ipynb"
    )
    assert "/v2/gl/group%2Fname/" in links.binder_url("https://gitlab.com/group/name")
    assert "/v2/git/https%3A%2F%2Fgit.firm.org" in links.binder_url("https://git.firm.org/a/b")


def test_the_stream_of_binder_is_that_of_the_place_that_its_button_opens():
    for url in ("https://github.com/owner/name", "https://gitlab.com/group/name",
                "https://git.firm.org/a/b"):  # fmt: skip
        place = links.binder_url(url).removeprefix(f"{links.BINDER}/v2/").partition("?")[0]
        assert links.build_url(url) == f"https://mybinder.org/build/{place}"
    assert links.build_url("https://gitlab.com/group/name").endswith("/gl/group%2Fname/main")


def test_badge_is_written_once_and_taken_away(checkout):
    start, end = links.BADGE_MARKS
    bare = f"# Title\n{start}\n{end}\ntext\n"
    badged = links.with_badge(bare, "https://github.com/owner/name")
    assert "mybinder.org/v2/gh/owner/name" in badged
    assert links.with_badge(badged, "https://github.com/owner/name") == badged
    assert links.with_badge(badged, None) == bare
    with pytest.raises(ValueError, match="lacks the lines"):
        links.with_badge("# no marks", None)


def buttons(tmp_path, monkeypatch, address: str | None) -> str:
    """Build a one-notebook book with the real extension; return the page."""
    from sphinx.application import Sphinx

    source = tmp_path / "book"
    source.mkdir()
    (source / "index.md").write_text("# Start\n\n```{toctree}\npage\n```\n", "utf8")
    (source / "page.ipynb").write_text(
        '{"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Page"}],'
        ' "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python",'
        ' "name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}',
        "utf8",
    )
    if address is None:
        monkeypatch.delenv(links.VARIABLE, raising=False)
    else:
        monkeypatch.setenv(links.VARIABLE, address)
    out = tmp_path / "out"
    options = {
        "extensions": ["myst_nb", "sphinx_book_theme", "booktools.sphinx_extension"],
        "html_theme": "sphinx_book_theme",
        "nb_execution_mode": "off",
        "html_theme_options": {"path_to_docs": ""},
    }
    app = Sphinx(source, None, out, tmp_path / "trees" / "d", "html", options, status=None)
    app.build()
    return (out / "page.html").read_text("utf8")


def test_page_carries_the_buttons_of_its_repository(tmp_path, monkeypatch):
    page = buttons(tmp_path, monkeypatch, "https://github.com/owner/name")
    assert "mybinder.org/v2/gh/owner/name/main?urlpath=lab/tree/page.ipynb" in page
    assert 'href="https://github.com/owner/name"' in page


def test_page_without_repository_has_no_such_button(tmp_path, monkeypatch):
    page = buttons(tmp_path, monkeypatch, None)
    assert "mybinder" not in page
    assert "github.com" not in page
