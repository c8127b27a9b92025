"""The examples and the README do what they say."""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from kerasish.datasets import digits
from tests.arch.sources import ROOT

EXAMPLES = ROOT / "examples"


def run(folder, *arguments):
    command = [sys.executable, *map(str, arguments)]
    # The package of this tree, also where another one is installed.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env=environment
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.fixture
def imported(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))

    def load(name):
        return __import__(name)

    return load


def test_line_is_found(imported):
    slope, intercept = imported("linear_regression_graph").main()
    assert (slope, intercept) == pytest.approx((2.0, -1.0), abs=0.05)


def test_text_is_written(imported, capsys):
    imported("lstm_text").main(
        ["--epochs", "1", "--characters", "2000", "--length", "5"]
    )
    assert capsys.readouterr().out.count("--- temperature") == 3


def test_temperature(imported):
    sample = imported("lstm_text").sample
    random = np.random.default_rng(0)
    cold = [sample([0.3, 0.4, 0.3], 0.01, random) for _ in range(20)]
    warm = [sample([0.3, 0.4, 0.3], 1.0, random) for _ in range(200)]
    assert set(cold) == {1}
    assert set(warm) == {0, 1, 2}


def test_digits_main_job(tmp_path):
    output = run(tmp_path, EXAMPLES / "digits_convnet.py", "--epochs", "1")
    last = output.strip().splitlines()[-1]
    assert re.fullmatch(r"test accuracy 0\.\d{3}", last)
    assert "same in a fresh process" in output
    assert (tmp_path / "digits.h5").stat().st_size > 10_000
    root = ElementTree.parse(tmp_path / "digits_training.svg").getroot()
    assert len(list(root.iter("{http://www.w3.org/2000/svg}polyline"))) == 4


@pytest.mark.slow
def test_digits_are_learnt(imported):
    module = imported("digits_convnet")
    _, (x_test, y_test) = module.load_images()
    accuracies = []
    for seed in range(5):
        model, _ = module.train(seed, epochs=20, verbose=0)
        accuracies.append(model.evaluate(x_test, y_test, verbose=0)[1])
    assert np.mean(accuracies) >= 0.98
    assert min(accuracies) >= 0.97


def outputs_of(path):
    """The kinds of output of each code cell of a notebook, and all of its text."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    kinds, text = [], ""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            found = [
                (output["output_type"], *sorted(output.get("data", ())))
                for output in cell["outputs"]
            ]
            kinds.append((cell["execution_count"], found))
            for output in cell["outputs"]:
                text += (
                    "".join(
                        output.get("text", output.get("data", {}).get("text/plain", ""))
                    )
                    + "\n"
                )
    return kinds, text


def test_notebook_gives_what_is_stored(tmp_path):
    pytest.importorskip("IPython")
    pytest.importorskip("PIL")
    notebook, result = EXAMPLES / "digits.ipynb", tmp_path / "result.ipynb"
    run(tmp_path, ROOT / "tools" / "run_notebook.py", notebook, result)
    stored, new = outputs_of(notebook), outputs_of(result)
    assert new[0] == stored[0]
    assert [kinds for _, found in stored[0] for kinds in found if len(kinds) > 1] == [
        ("execute_result", "text/plain"),
        ("execute_result", "image/png", "text/plain"),
        ("execute_result", "text/html", "text/plain"),
        ("display_data", "text/plain"),
        ("execute_result", "image/svg+xml", "text/plain"),
        ("execute_result", "image/png", "text/plain"),
    ]
    for _, text in (stored, new):
        bars = re.findall(r"^Epoch (\d)/8 ━{20} 45/45 \S+s accuracy=", text, re.M)
        assert bars == list("12345678")
        assert float(re.findall(r"test accuracy (0\.\d+)", text)[0]) > 0.94


def test_readme_example_runs(tmp_path):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(code.splitlines()) <= 15
    script = tmp_path / "readme.py"
    script.write_text(code, encoding="utf-8")
    output = run(tmp_path, script)
    accuracy = float(re.findall(r"(0\.\d+)\]", output)[-1])
    assert accuracy > 0.9
    assert (tmp_path / "digits.h5").exists()
    assert digits.load_data()[0][0].shape[0] == 1437
