"""Training that was interrupted goes on, and ends bit for bit the same."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import kerasish as keras
from kerasish.callbacks import BackupAndRestore, Callback
from kerasish.errors import FileFormatError
from kerasish.utils.plain_data import read_plain, write_plain
from tests.arch import sources

EPOCHS = 4


class Batches(keras.utils.PyDataset):
    """Batches whose values come from NumPy's generator at the time they are made."""

    def __len__(self):
        return 5

    def __getitem__(self, index):
        x = np.random.standard_normal((4, 3)).astype("float32")  # noqa: NPY002
        return x, x.sum(axis=1, keepdims=True)


def arrays():
    x = np.random.default_rng(0).standard_normal((18, 3)).astype("float32")
    return x, x.sum(axis=1, keepdims=True)


def endless():
    random = np.random.default_rng(1)
    while True:
        x = random.standard_normal((4, 3)).astype("float32")
        yield x, x.sum(axis=1, keepdims=True)


class Lazy(keras.Model):
    """A model whose weights exist only after the first batch."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, x):
        return self.dense(x)


class Stop(Callback):
    """Ends the run as a crash would, after some steps."""

    def __init__(self, after):
        super().__init__()
        self.left = after

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def sequential():
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((3,)), layers.Dense(4), layers.Dropout(0.5), layers.Dense(1)]
    )


CASES = {
    "arrays": (sequential, lambda: dict(zip("xy", arrays())), {"batch_size": 4}),
    "dataset": (sequential, lambda: {"x": Batches()}, {}),
    "endless": (sequential, lambda: {"x": endless()}, {"steps_per_epoch": 5}),
    "cut": (
        sequential,
        lambda: dict(zip("xy", arrays())),
        {"batch_size": 4, "steps_per_epoch": 3},
    ),
    "lazy": (Lazy, lambda: {"x": endless()}, {"steps_per_epoch": 5}),
}


def train(case, folder=None, stop=None, **backup):
    """Runs the case's script from its start; returns the end state and the history."""
    make, data, options = CASES[case]
    keras.utils.set_random_seed(3)
    model = make()
    model.compile(keras.optimizers.Adam(0.05), "mse", metrics=["mae"])
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.7)
    watch = keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=10.0)
    callbacks = [halve, watch]
    if folder is not None:
        callbacks.insert(0, BackupAndRestore(folder, **backup))
    if stop is not None:
        callbacks.append(Stop(stop))
    history = model.fit(
        **data(), **options, epochs=EPOCHS, callbacks=callbacks, verbose=0
    )
    variables = [*model.variables, *model.optimizer.variables]
    return [v.numpy().tobytes() for v in variables], history.history, watch.wait


@pytest.mark.parametrize("save_freq", ["epoch", 3, 1])
@pytest.mark.parametrize("case", CASES)
def test_it_ends_the_same(case, save_freq, tmp_path):
    whole = train(case)
    for stop in (7, 6):
        with pytest.raises(KeyboardInterrupt):
            train(case, tmp_path / "b", stop, save_freq=save_freq)
    assert train(case, tmp_path / "b", save_freq=save_freq) == whole
    assert not os.path.exists(tmp_path / "b")


def test_a_damaged_backup_is_told_or_the_one_before_is_used(tmp_path):
    whole = train("arrays")
    with pytest.raises(KeyboardInterrupt):
        train("arrays", tmp_path, 9, save_freq=2, double_checkpoint=True)
    latest = tmp_path / "latest.backup"
    latest.write_bytes(latest.read_bytes()[:-100])
    end = train("arrays", tmp_path, save_freq=2, double_checkpoint=True)
    assert end == whole
    latest.parent.mkdir(exist_ok=True)
    latest.write_bytes(b"nothing")
    with pytest.raises(FileFormatError, match="damaged"):
        train("arrays", tmp_path)


def test_the_backup_of_another_model_is_refused(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train("lazy", tmp_path, 7)
    with pytest.raises(ValueError, match="another model"):
        train("arrays", tmp_path)


def test_backups_may_stay(tmp_path):
    train("arrays", tmp_path, delete_checkpoint=False)
    assert os.listdir(tmp_path) == ["latest.backup"]


@pytest.mark.parametrize("options", [{"backup_dir": ""}, {"save_freq": "batch"}])
def test_bad_arguments(options):
    with pytest.raises(ValueError, match="BackupAndRestore"):
        BackupAndRestore(**{"backup_dir": "b", **options})


SCRIPT = """
import sys
from tests.callbacks import test_backup
state, history, wait = test_backup.train("arrays", sys.argv[1], save_freq=2)
print(repr(history["loss"]), [part.hex() for part in state], wait)
"""
KILLED = """
import os, signal, sys
from kerasish.utils import plain_data
from tests.callbacks import test_backup
class Kill(test_backup.Stop):
    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
test_backup.Stop = Kill
test_backup.train("arrays", sys.argv[1], 8, save_freq=2)
"""


def run(code, folder):
    return subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=sources.ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_after_sigkill(tmp_path):
    assert run(KILLED, tmp_path / "b").returncode == -signal.SIGKILL
    resumed = run(SCRIPT, tmp_path / "b")
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stdout == run(SCRIPT, tmp_path / "c").stdout


def test_plain_data_comes_back_exactly(tmp_path):
    value = {
        "a": (1, 2.5, None, True, "x"),
        3: [float("inf"), {4, 5}, np.float32(0.1)],
        "array": np.arange(6, dtype="int8").reshape(2, 3),
    }
    write_plain(tmp_path / "f", value)
    back = read_plain(tmp_path / "f")
    assert str(back) == str(value)
    assert back["array"].dtype == "int8"
    bfloat16 = pytest.importorskip("ml_dtypes").bfloat16
    write_plain(tmp_path / "f", np.ones(3, bfloat16))
    assert read_plain(tmp_path / "f").dtype == bfloat16
    with pytest.raises(TypeError, match="cannot be stored"):
        write_plain(tmp_path / "g", threading.Lock())
    assert os.listdir(tmp_path) == ["f"]
