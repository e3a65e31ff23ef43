"""The workflows for a public host: well-formed, and their commands are the project's own."""

from __future__ import annotations

import re

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
