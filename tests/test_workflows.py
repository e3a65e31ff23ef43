"""The workflows for a public host: well-formed, and their commands are the project's own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
import yaml

from booktools.build import ROOT

PATHS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf8"), re.M))


def steps(path):
    jobs = yaml.safe_load(path.read_text("utf8"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


def test_there_are_workflows_for_tests_publishing_and_the_week():
    assert [path.stem for path in PATHS] == ["publish", "test", "weekly"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_make_command_exists(path):
    named = [name for s in steps(path) for name in re.findall(r"make ([a-z-]+)", s.get("run", ""))]
    assert named and set(named) <= TARGETS


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_action_has_a_version_and_every_job_a_limit(path):
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert used and all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+", name) for name in used)
    jobs = yaml.safe_load(path.read_text("utf8"))["jobs"].values()
    assert all(0 < job["timeout-minutes"] <= 90 for job in jobs)


def test_the_pythons_are_those_that_the_readme_names():
    matrix = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf8"))
    pythons = matrix["jobs"]["book"]["strategy"]["matrix"]["python"]
    assert pythons[0] == "3.11" and f"goes up to {pythons[-1]}" in (ROOT / "README.md").read_text(
        "utf8"
    )


def test_no_job_may_write_more_than_it_needs():
    """What a job may do is said job by job; the workflow as a whole may read."""
    may_write = {}
    for path in PATHS:
        said = yaml.safe_load(path.read_text("utf8"))
        assert said["permissions"] == {"contents": "read"}
        for name, job in said["jobs"].items():
            rights = job.get("permissions", {})
            written = {right for right, level in rights.items() if level == "write"}
            if written:
                may_write[name] = written
    assert may_write == {
        "deploy": {"pages", "id-token"},
        "colab": {"contents"},
        "report": {"issues"},
    }


def test_a_checkout_leaves_no_token_behind():
    for path in PATHS:
        for step in steps(path):
            if "actions/checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


GH = """#!/usr/bin/env bash
if [ "$1 $2" = "issue list" ]; then echo "$OPEN"; else echo "$@" >> "$NOTED"; fi
"""


@pytest.mark.skipif(os.name == "nt" or not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize(("open_issue", "does"), [("", "create --title"), ("7", "comment 7")])
def test_a_failed_week_is_told_in_one_issue(open_issue, does, tmp_path):
    """With a stand-in for the command gh, which notes what it is asked."""
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    results = {"NEWEST": "failure", "LINKS": "success", "AUDIT": "success", "RUN": "address"}
    environment = {**os.environ, **results, "OPEN": open_issue, "NOTED": str(tmp_path / "noted")}
    environment["PATH"] = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    script = ROOT / ".github" / "report-failure.sh"
    subprocess.run(["bash", str(script)], env=environment, check=True)
    (noted,) = (tmp_path / "noted").read_text().splitlines()
    assert noted.startswith(f"issue {does}")
    assert "newest packages: failure. Links: success. Audit: success. See address." in noted


@pytest.mark.skipif(os.name == "nt" or not shutil.which("bash"), reason="needs bash")
def test_the_lessons_for_colab_become_a_branch_without_history(tmp_path):
    """The command of the workflow, with a repository on this machine in GitHub's place."""
    (step,) = [s for s in steps(ROOT / ".github" / "workflows" / "publish.yml")
               if "git push" in s.get("run", "")]  # fmt: skip
    home = tmp_path / "home.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(home)], check=True)
    address = '"https://x-access-token:${GH_TOKEN}@${HOST}/${REPOSITORY}"'
    assert address in step["run"]
    command = step["run"].replace(address, str(home))
    for number in (1, 2):  # the second push replaces the first
        place = tmp_path / str(number)
        (place / "colab" / "chapters").mkdir(parents=True)
        (place / "colab" / "chapters" / "1.ipynb").write_text(f"{number}")
        environment = {**os.environ, "COMMIT": f"c{number}"}
        subprocess.run(["bash", "-e", "-c", command], cwd=place, env=environment, check=True)

    def git(*words):
        command = ["git", "-C", str(home), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    assert git("show", "colab:chapters/1.ipynb") == "2"
    assert git("rev-list", "--count", "colab") == "1"
