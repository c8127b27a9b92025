"""The examples and the README do what they say."""

import os
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

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
    assert (tmp_path / "digits_training.png").read_bytes()[:4] == b"\x89PNG"


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


def decoded(path):
    """The pixels of a PNG file of plain 8-bit colours."""
    data = Path(path).read_bytes()
    place, parts = 8, {}
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + 8 + length]
        (check,) = struct.unpack(">I", data[place + 8 + length : place + 12 + length])
        assert check == zlib.crc32(kind + body)
        parts[kind] = parts.get(kind, b"") + body
        place += 12 + length
    columns, rows = struct.unpack(">II", parts[b"IHDR"][:8])
    lines = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8)
    return lines.reshape(rows, 1 + 3 * columns)[:, 1:].reshape(rows, columns, 3)


def test_picture_of_curves(imported, tmp_path):
    path = tmp_path / "curves.png"
    curve = {"training": [3.0, 2.0, 1.0], "test": [3.0, 2.5, 2.0]}
    imported("training_curve").save_curves(path, {"loss": curve, "accuracy": curve})
    pixels = decoded(path)
    colours = {tuple(colour) for colour in pixels.reshape(-1, 3).tolist()}
    assert {(255, 255, 255), (31, 119, 180), (255, 127, 14)} <= colours
    one_epoch = {"training": [1.0], "test": [1.0]}
    imported("training_curve").save_curves(path, {"loss": one_epoch})
    assert decoded(path).shape[1] < pixels.shape[1]


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
