"""Compare loading a model of 100 MB with reading its data sets by h5py alone.

Run `python benchmarks/load_h5.py [MEGABYTES]`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time

import h5py

import kerasish as keras


def make(path: str, megabytes: float) -> None:
    """Save a model with matrices of 16 MB."""
    layers = [keras.Input((2000,))]
    for _ in range(max(1, round(megabytes / 16))):
        layers.append(keras.layers.Dense(2000, activation="relu"))
    keras.Sequential(layers).save(path)


def read(path: str) -> None:
    """Read all data sets."""
    arrays = []
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: (
                arrays.append(item[()]) if isinstance(item, h5py.Dataset) else None
            )
        )


def load(path: str) -> None:
    """Load the model."""
    keras.saving.load_model(path, compile=False)


def child(action: str, folder: str) -> None:
    """Print how long an action takes in a process that has none of its memory yet."""
    load(os.path.join(folder, "small.h5"))
    start = time.perf_counter()
    {"read": read, "load": load}[action](os.path.join(folder, "model.h5"))
    print(time.perf_counter() - start)


def seconds(action: str, folder: str) -> float:
    """Return how long an action takes in a process of its own."""
    command = [sys.executable, __file__, action, folder]
    return float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def main() -> None:
    """Print both times and their ratio."""
    if sys.argv[1:2] in (["read"], ["load"]):
        child(sys.argv[1], sys.argv[2])
        return
    megabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 100.0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.h5")
        make(path, megabytes)
        small = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
        small.save(os.path.join(folder, "small.h5"))
        pairs = [(seconds("read", folder), seconds("load", folder)) for _ in range(9)]
        size = os.path.getsize(path) / 1e6
    reading, loading = (statistics.median(times) for times in zip(*pairs))
    ratio = statistics.median(load / read for read, load in pairs)
    print(f"{size:.0f} MB: data sets {reading * 1e3:.0f} ms, ", end="")
    print(f"model {loading * 1e3:.0f} ms, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
