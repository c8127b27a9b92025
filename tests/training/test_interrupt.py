"""Ctrl-C leaves the model after a whole step, with its history, and able to go on."""

import json
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent


def interrupted(seed, count):
    """Runs interrupted_fit.py in a process of its own; returns its report."""
    done = subprocess.run(
        [sys.executable, str(HERE / "interrupted_fit.py"), str(seed), str(count)],
        cwd=HERE.parents[1],
        env=None,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def check(report, count):
    assert report == {
        "interrupted": count,
        "whole": count,
        "history": count,
        "threads": count,
        "goes_on": True,
    }


def test_three_interrupts():
    check(interrupted(seed=0, count=3), 3)


@pytest.mark.slow
def test_twenty_interrupts():
    check(interrupted(seed=1, count=20), 20)
