"""Where this book's repository lives: the one source of every link to it.

Run ``python -m booktools.links`` to print the address and to renew the badge in
the README.
"""

from __future__ import annotations

import ipaddress
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

from booktools import safely

VARIABLE = "BOOK_REPOSITORY_URL"
BRANCH = "main"
BINDER = "https://mybinder.org"
COLAB = "https://colab.research.google.com"
#: The branch in which the lessons for Colab lie, see .github/workflows/publish.yml.
COLAB_BRANCH = "colab"
#: What the badge of Colab opens.
FIRST_LESSON = "01_background/1_a_network_that_remembers"
ROOT = Path(__file__).resolve().parent.parent
#: The badge stands between these two lines of the README.
BADGE_MARKS = ("<!-- badge: written by `make badge` -->", "<!-- end of badge -->")


def repository_url(root: Path = ROOT) -> str | None:
    """Return the public web address of the repository, or None.

    The environment variable ``BOOK_REPOSITORY_URL`` comes first, then the
    checkout's remote ``origin``. An address that a reader could not open (a
    local path, a private host) gives None: a button left out beats a dead one.

    Raises
    ------
    ValueError
        If ``BOOK_REPOSITORY_URL`` is set to something that is no public address.
    """
    if text := os.environ.get(VARIABLE, "").strip():
        url = web_address(text)
        if url is None:
            raise ValueError(
                f"{VARIABLE}={text!r} is no public repository address; "
                "give one such as https://github.com/OWNER/NAME, or unset it"
            )
        return url
    git = ["git", "-C", str(root), "config", "--get", "remote.origin.url"]
    try:
        origin = subprocess.run(git, capture_output=True, text=True, timeout=20).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return None
    return web_address(origin) if origin else None


def web_address(remote: str) -> str | None:
    """Turn a git remote into an https address, or None if it is not public.

    Credentials, ports of ssh, a trailing slash and ``.git`` are dropped.

    Examples
    --------
    >>> web_address("git@github.com:owner/name.git")
    'https://github.com/owner/name'
    """
    if scp := re.fullmatch(r"(?:[\w.-]+@)?([\w.-]+\.\w+):(?!//)(.+)", remote):
        host, path, port = scp[1], scp[2], None
    else:
        try:
            parts = urlsplit(remote)
            host, path, port = parts.hostname or "", parts.path, parts.port
        except ValueError:
            return None
        if parts.scheme not in {"https", "http", "ssh", "git"}:
            return None
        if parts.scheme in {"ssh", "git"}:
            port = None
    path = path.strip("/").removesuffix(".git")
    if not re.fullmatch(r"[\w.~-]+(/[\w.~-]+)+", path) or not _is_public(host):
        return None
    return f"https://{host}{f':{port}' if port else ''}/{path}"


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        private = ("local", "localhost", "internal", "lan", "home", "test", "invalid", "example")
        return "." in host and host.rsplit(".", 1)[1].lower() not in private


def binder_url(repository: str, path: str = "") -> str:
    """Return the address that opens JupyterLab in Binder, at `path` if given."""
    where = f"{BINDER}/v2/{_in_binder(repository)}"
    return f"{where}?urlpath=lab{f'/tree/{path}' if path else ''}"


def build_url(repository: str) -> str:
    """Return the address of the stream in which Binder says how far it is with a machine.

    Examples
    --------
    >>> build_url("https://github.com/owner/name")
    'https://mybinder.org/build/gh/owner/name/main'
    """
    return f"{BINDER}/build/{_in_binder(repository)}"


def binder_sources() -> str:
    """Return where Binder answers, as sources of a Content-Security-Policy.

    Binder sends each reader on to one of several services, whose machines stand at addresses
    such as hub.2i2c.mybinder.org. A kernel is spoken to through a WebSocket.
    """
    host = urlsplit(BINDER).netloc
    return " ".join([BINDER, *(f"{scheme}://*.{host}" for scheme in ("https", "wss"))])


def _in_binder(repository: str) -> str:
    parts = urlsplit(repository)
    if parts.netloc == "github.com":
        return f"gh{parts.path}/{BRANCH}"
    if parts.netloc == "gitlab.com":
        return f"gl/{quote(parts.path.strip('/'), safe='')}/{BRANCH}"
    return f"git/{quote(repository, safe='')}/{BRANCH}"


def colab_url(repository: str | None, name: str) -> str | None:
    """Return the address that opens a notebook in Colab; None unless GitHub has the repository.

    Examples
    --------
    >>> colab_url("https://github.com/owner/name", "01_background/1_x")
    'https://colab.research.google.com/github/owner/name/blob/colab/chapters/01_background/1_x.ipynb'
    """
    parts = urlsplit(repository or "")
    if parts.netloc != "github.com":
        return None
    return f"{COLAB}/github{parts.path}/blob/{COLAB_BRANCH}/chapters/{name}.ipynb"


def pages_url(repository: str | None) -> str | None:
    """Return the address at which the repository's host publishes its pages, or None.

    It is known for GitHub Pages and GitLab Pages.

    Examples
    --------
    >>> pages_url("https://github.com/owner/name")
    'https://owner.github.io/name/'
    """
    parts = urlsplit(repository or "")
    host = {"github.com": "github.io", "gitlab.com": "gitlab.io"}.get(parts.netloc)
    if host is None:
        return None
    owner, *path = parts.path.strip("/").split("/")
    site = f"{owner.lower()}.{host}"
    return f"https://{site}/" + "".join(f"{name}/" for name in path if path != [site])


def theme_options(repository: str | None) -> dict[str, object]:
    """Return the options of sphinx-book-theme for the repository's buttons."""
    if repository is None:
        return {"repository_url": "", "use_repository_button": False, "launch_buttons": {}}
    return {
        "repository_url": repository,
        "repository_branch": BRANCH,
        "path_to_docs": "",
        "use_repository_button": True,
        "launch_buttons": {"binderhub_url": BINDER, "notebook_interface": "jupyterlab"},
    }


def with_badge(readme: str, repository: str | None) -> str:
    """Return the README's text with the badges of Binder and Colab between its two marks.

    Raises
    ------
    ValueError
        If the marks are missing.
    """
    start, end = BADGE_MARKS
    if start not in readme or end not in readme:
        raise ValueError(f"the README lacks the lines {start} and {end}")
    before, rest = readme.split(start, 1)
    after = rest.split(end, 1)[1]
    badge = ""
    if repository:
        image = f"{BINDER}/badge_logo.svg"
        badge = f"[![Open in Binder]({image})]({binder_url(repository, 'chapters')})\n"
    if colab := colab_url(repository, FIRST_LESSON):
        badge += f"[![Open in Colab]({COLAB}/assets/colab-badge.svg)]({colab})\n"
    return f"{before}{start}\n{badge}{end}{after}"


def main() -> int:
    repository = repository_url()
    readme = ROOT / "README.md"
    safely.write_text(readme, with_badge(readme.read_text("utf8"), repository))
    print(f"repository: {repository or 'none is public; links and badge are left out'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
