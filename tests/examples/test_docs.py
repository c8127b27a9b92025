"""The pages of the documentation: their code runs, and every public name is there."""

import importlib
import re
import subprocess
import sys

import numpy as np
import pytest

import kerasish as keras
from tests.arch.sources import ROOT

DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("guide/*.md"), DOCS / "index.md"])


def code_of(text):
    """The Python code of a page; other lines are empty, so that numbers agree."""
    lines, inside = [], False
    for line in text.splitlines():
        if line.startswith("```"):
            inside = line == "```python"
            line = ""
        lines.append(line if inside else "")
    assert any(lines)
    return "\n".join(lines)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@pytest.mark.filterwarnings("ignore")
def test_code_of_guides_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(0)
    code = code_of(page.read_text(encoding="utf-8"))
    names = {"__name__": "guide"}
    policy = keras.mixed_precision.global_policy()
    try:
        with np.printoptions():
            exec(compile(code, str(page), "exec"), names)
    finally:
        keras.mixed_precision.set_global_policy(policy)


def test_links_between_pages_lead_somewhere():
    for page in DOCS.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            if not target.startswith("api/"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.fixture
def api_pages(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return importlib.import_module("api_pages")


def test_every_public_name_has_its_place(api_pages):
    pages = api_pages.pages()
    for namespace in api_pages.NAMESPACES:
        module = importlib.import_module(f"kerasish.{namespace}".rstrip("."))
        page = pages[api_pages._file(namespace)]
        headings = set(re.findall(r"^## (\w+)$", page, re.M))
        assert set(api_pages.public_names(module)) == headings
        assert headings or namespace == "datasets"
        assert page.count("```") % 2 == 0
        assert " at 0x" not in page


def test_docstrings_as_markdown(api_pages):
    text = api_pages.markdown(
        "Does it.\n\nArgs:\n    x: What\n        it is.\n\nReturns:\n    It.\n\n"
        "Example:\n\n>>> 1 + 1\n2"
    )
    assert text.splitlines()[0] == "Does it."
    assert "* `x`: What it is." in text
    assert "**Returns** It." in text
    assert "```pycon\n>>> 1 + 1\n2\n```" in text


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path):
    pytest.importorskip("mkdocs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", tmp_path]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    assert "Conv2D" in (tmp_path / "api" / "layers" / "index.html").read_text(
        encoding="utf-8"
    )
