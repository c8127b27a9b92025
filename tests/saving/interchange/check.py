"""Proves that files written here open in real Keras with equal outputs.

Run by hand before a release, from the root of the repository:

    python -m tests.saving.interchange.check [--folder DIR] [--only NAME,...]
        [--peer keras=PYTHON] [--peer tf_keras=PYTHON]

It makes a virtual environment with pinned versions for each peer, unless the Python of
one is given. Each file must give the same outputs there, or have been written with a
warning that names a layer and this peer, or not been written because the form asked for
cannot say what the model does. Exit status 0 only if that is so.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kerasish import tree
from tests.saving.interchange import models

PINS = {
    "keras": ["keras==3.12.0", "tensorflow-cpu==2.20.0"],
    "tf_keras": ["tf_keras==2.19.0", "tensorflow-cpu==2.19.0"],
}
TITLES = {"keras": "Keras 3", "tf_keras": "tf.keras 2"}
# What the peers themselves cannot do: with models that they made and saved.
OWN_DEFECTS = {
    "Equalization": "Keras 3 cannot rebuild its own graph with this layer",
    "RandomCrop": "Keras 3 does not crop in `predict`",
    "STFTSpectrogram": "Keras 3 needs SciPy for it",
}
# Why `save` writes no file in the form of Keras 2, which has no calls of ops.
REFUSAL = "has no form of Keras 2"
# How a file is written, and which peers are to open it.
WAYS = {
    "h5": ("model.h5", None, ("keras", "tf_keras")),
    "h5-tfkeras2": ("model.h5", "tfkeras2", ("tf_keras",)),
    "h5-keras3": ("model.h5", "keras3", ("keras",)),
    "keras": ("model.keras", None, ("keras",)),
    "json": ("model.json", None, ("keras",)),
}


def environment(peer: str, folder: Path) -> str:
    """Return the Python of a virtual environment with the pinned peer."""
    home = folder / f"environment_{peer}"
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", *PINS[peer]], check=True
        )
    return str(python)


def _save(model: Any, path: Path, dialect: str | None) -> tuple[str, str]:
    """Write a file; return what went wrong and what was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if path.suffix == ".json":
                path.write_text(model.to_json())
                model.save_weights(path.with_name("model.weights.h5"))
                # The text itself cannot warn; what it holds is that of an archive.
                model.save(path.with_suffix(".keras"))
            else:
                options = {} if dialect is None else {"dialect": dialect}
                model.save(path, **options)
        except Exception as error:
            return f"{type(error).__name__}: {error}", ""
    return "", "\n".join(str(item.message) for item in caught)


def jobs(folder: Path, only: list[str]) -> Iterator[dict[str, Any]]:
    """Write all files and yield what is to be done with each."""
    sources = [
        ("layer", models.of_layers()),
        ("structure", models.of_structures()),
        ("optimizer", models.of_optimizers()),
    ]
    for group, source in sources:
        for name, model, arrays, *targets in source:
            title = f"{group}/{name}"
            if only and not any(part in title for part in only):
                continue
            place = folder / group / name
            place.mkdir(parents=True)
            data = {f"x{i}": array for i, array in enumerate(arrays)}
            given = arrays[0] if len(arrays) == 1 else arrays
            outputs = tree.flatten(model.predict(given, verbose=0))
            data.update({f"y{i}": value for i, value in enumerate(outputs)})
            files = []
            for way, (file, dialect, peers) in WAYS.items():
                (place / way).mkdir()
                files.append((way, peers, *_save(model, place / way / file, dialect)))
            if targets:
                data["t0"] = targets[0]
                steps = [model.train_on_batch(given, targets[0]) for _ in range(2)]
                data["losses"] = np.array([step[0] for step in steps])
            np.savez(place / "data.npz", **data)
            for way, peers, error, warned in files:
                path = place / way / WAYS[way][0]
                weights = path.with_name("model.weights.h5")
                # Keras 3 itself does not train on from HDF5 files.
                trains = targets and way in ("keras", "h5", "h5-tfkeras2")
                for peer in peers:
                    train = trains and (way == "keras" or peer == "tf_keras")
                    yield {
                        "title": f"{title} {way} -> {peer}",
                        "peer": peer,
                        "path": str(path),
                        "weights": str(weights) if way == "json" else None,
                        "data": str(place / "data.npz"),
                        "kind": "json" if way == "json" else "train" * bool(train),
                        "error": error,
                        "warned": warned,
                    }


def ask(peer: str, python: str, todo: list[dict[str, Any]], folder: Path) -> list[str]:
    """Let a peer open files; return what it found."""
    path = folder / f"jobs_{peer}.json"
    path.write_text(json.dumps(todo))
    surroundings = {
        key: value
        for key, value in os.environ.items()
        if key not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    }
    surroundings["KERAS_BACKEND"] = "tensorflow"
    if peer == "tf_keras":
        surroundings["TF_USE_LEGACY_KERAS"] = "1"
    script = Path(__file__).with_name("peer.py")
    subprocess.run(
        [python, str(script), peer, str(path)],
        env=surroundings,
        cwd=folder,
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return json.loads(Path(f"{path}.out").read_text())


def main() -> int:
    """Write, ask, compare; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--only", default="")
    parser.add_argument("--peer", action="append", default=[])
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="interchange_"))
    folder.mkdir(parents=True, exist_ok=True)
    pythons = dict(item.split("=", 1) for item in options.peer)
    files = Path(tempfile.mkdtemp(prefix="files_", dir=folder))
    todo = list(jobs(files, [part for part in options.only.split(",") if part]))
    bad = 0
    for peer in sorted({job["peer"] for job in todo}):
        mine = [job for job in todo if job["peer"] == peer]
        python = pythons.get(peer) or environment(peer, folder)
        written = [job for job in mine if not job["error"]]
        answers = dict(
            zip((job["title"] for job in written), ask(peer, python, written, files))
        )
        counts = {"PASS": 0, "WARNED": 0, "REFUSED": 0, "PEER": 0, "FAIL": 0}
        for job in mine:
            found = job["error"] or answers[job["title"]]
            warned = TITLES[peer] in job["warned"]
            reason = OWN_DEFECTS.get(job["title"].split()[0].split("/")[1])
            verdict = "PASS" if not found else "WARNED" if warned else "FAIL"
            if REFUSAL in job["error"]:
                verdict = "REFUSED"
            elif verdict == "FAIL" and reason:
                verdict, found = "PEER", reason
            counts[verdict] += 1
            if verdict != "PASS" or warned:
                print(f"{verdict:6} {job['title']}: {found or 'equal, but warned'}")
        print(f"{peer}: {counts}")
        bad += counts["FAIL"]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
