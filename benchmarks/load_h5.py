"""Compare loading a model of 100 MB with reading its data sets by h5py alone.

Run `python benchmarks/load_h5.py [MEGABYTES]`.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time

import h5py

import kerasish as keras

ROUNDS = 7


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


def seconds(action, path: str) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action(path)
    return time.perf_counter() - start


def main() -> None:
    """Print both times and their ratio."""
    megabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 100.0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.h5")
        make(path, megabytes)

        def load(path: str) -> None:
            keras.saving.load_model(path, compile=False)

        seconds(load, path)
        pairs = [(seconds(read, path), seconds(load, path)) for _ in range(ROUNDS)]
        size = os.path.getsize(path) / 1e6
    reading, loading = (statistics.median(times) for times in zip(*pairs))
    ratio = statistics.median(load / read for read, load in pairs)
    print(f"{size:.0f} MB: data sets {reading * 1e3:.0f} ms, ", end="")
    print(f"model {loading * 1e3:.0f} ms, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
