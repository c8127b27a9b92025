"""Files stay whole: killed writers, full disks, protected folders, readers."""

import errno
import os
import random
import resource
import subprocess
import sys
import threading
import time

import h5py
import numpy as np
import pytest

import kerasish as keras
from kerasish import layers
from kerasish.errors import FileFormatError

X = np.ones((4, 6), "float32")
SAVER = """
import sys
import time
import numpy as np
import kerasish as keras
path, way = sys.argv[1:]
model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(300),
                          keras.layers.Dense(2)])
model.compile("adam", "mse")
x, y = np.ones((4, 6), "float32"), np.ones((4, 2), "float32")
model.train_on_batch(x, y)
save = model.save_weights if way == "weights" else model.save
save(path)
start = time.perf_counter()
save(path)
print(time.perf_counter() - start, flush=True)
if way == "checkpoint":
    saver = keras.callbacks.ModelCheckpoint(path, save_freq=1)
    model.fit(x, y, batch_size=1, epochs=10**6, verbose=0, callbacks=[saver])
while True:
    model.layers[0].set_weights([w + 1 for w in model.layers[0].get_weights()])
    save(path)
"""


def model():
    return keras.Sequential([keras.Input((6,)), layers.Dense(300), layers.Dense(2)])


def loadable(path, way):
    if way == "weights":
        found = model()
        found.load_weights(path)
    else:
        found = keras.models.load_model(path)
        assert int(found.optimizer.iterations.numpy()) >= 1
    assert np.isfinite(found.predict(X, verbose=0)).all()


def killed(path, way, moments, seed):
    """Kill a process that saves again and again at random moments; read each time.

    The moments are spread over a few times what a save takes on a machine as busy as
    this one. Returns how much the kills left half written beside the file.
    """
    rng = random.Random(seed)
    for _ in range(moments):
        saver = subprocess.Popen(
            [sys.executable, "-c", SAVER, str(path), way],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            seconds = float(saver.stdout.readline())
            time.sleep(rng.random() * 4 * seconds)
        finally:
            saver.kill()
            saver.wait()
            saver.stdout.close()
        loadable(path, way)
    return len(list(path.parent.iterdir())) - 1


@pytest.mark.parametrize(("name", "way"), [("m.h5", "save"), ("m.keras", "checkpoint")])
def test_a_killed_writer_leaves_a_whole_file(name, way, tmp_path):
    killed(tmp_path / name, way, 2, seed=4)
    assert (tmp_path / name).is_file()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("m.h5", "save"),
        ("m.keras", "save"),
        ("m.h5", "checkpoint"),
        ("m.safetensors", "weights"),
    ],
)
def test_two_hundred_killed_writers_leave_whole_files(name, way, tmp_path):
    assert killed(tmp_path / name, way, 50, seed=7) > 10


@pytest.mark.parametrize("name", ["m.h5", "m.keras", "m.weights.h5", "m.safetensors"])
def test_a_full_disk_keeps_the_old_file(name, tmp_path):
    path = tmp_path / name
    code = (
        "import resource, signal, sys\n"
        "import kerasish as keras\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "small = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2)])\n"
        "large = keras.Sequential([keras.Input((600,)), keras.layers.Dense(600)])\n"
        "def save(model, path):\n"
        "    whole = path.endswith(('m.h5', '.keras'))\n"
        "    model.save(path) if whole else model.save_weights(path)\n"
        "save(small, sys.argv[1])\n"
        "before = open(sys.argv[1], 'rb').read()\n"
        "_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))\n"
        "try:\n"
        "    save(large, sys.argv[1])\n"
        "except OSError as error:\n"
        "    print(error)\n"
        "assert open(sys.argv[1], 'rb').read() == before\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "no room for the file" in done.stdout and str(path) in done.stdout
    assert os.listdir(tmp_path) == [name]
    assert resource.RLIMIT_FSIZE is not None


def test_the_message_of_a_full_disk_does_not_depend_on_the_format(
    tmp_path, monkeypatch
):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for name in ("m.h5", "m.keras"):
        with pytest.raises(OSError, match="no room for the file") as caught:
            model().save(tmp_path / name)
        assert caught.value.errno == errno.ENOSPC
    assert not os.listdir(tmp_path)


def test_folders_that_cannot_be_written_to(tmp_path, monkeypatch):
    import tempfile

    def refuse(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(PermissionError, match=r"cannot be written to.*m\.h5"):
        model().save(tmp_path / "m.h5")


def test_a_file_that_cannot_be_replaced(tmp_path, monkeypatch):
    path = tmp_path / "m.h5"
    model().save(path)
    before = path.read_bytes()

    def refuse(*args):
        raise PermissionError(errno.EACCES, "used by another process")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError, match="locked or protected"):
        model().save(path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["m.h5"]


def test_a_file_that_is_being_written_says_so(tmp_path):
    path = str(tmp_path / "m.h5")
    with h5py.File(path, "w", locking=True) as file:
        file["x"] = 1
        file.flush()
        code = (
            "import sys, kerasish as keras\n"
            "try:\n    keras.models.load_model(sys.argv[1])\n"
            "except keras.errors.FileFormatError as error:\n    print(error)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, path],
            capture_output=True,
            text=True,
            check=True,
        )
    assert "another process is writing it" in done.stdout


def test_readers_meanwhile_see_whole_files(tmp_path):
    path = tmp_path / "m.keras"
    writer = model()
    writer.save(path)
    stop = threading.Event()

    def write():
        while not stop.is_set():
            writer.save(path)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(5):
            keras.models.load_model(path, compile=False)
            keras.models.load_model(path, compile=False).load_weights(path)
    except FileFormatError as error:
        pytest.fail(f"half a file was seen: {error}")
    finally:
        stop.set()
        thread.join()


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    target = tmp_path / "there" / "m.h5"
    model().save(target)
    link = tmp_path / "link.h5"
    link.symlink_to(target)
    model().save(link)
    assert link.is_symlink() and os.listdir(target.parent) == ["m.h5"]
