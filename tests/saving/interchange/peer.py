"""Opens files with real Keras, in an environment of its own; imports nothing of ours.

Run as `python peer.py MODULE JOBS`: MODULE is `keras` or `tf_keras`, JOBS a JSON file
with a list of dictionaries (`path`, `data`, `kind`); the answers go to JOBS + `.out`.
"""

import importlib
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np


def as_list(value):
    """Return several values as a list, also those of a dictionary."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, (list, tuple)) else [value]


def difference(got, data, prefix):
    """Return how far outputs are from the stored ones, `''` if they agree."""
    wanted = [data[f"{prefix}{i}"] for i in range(len(got)) if f"{prefix}{i}" in data]
    if len(wanted) != len(got):
        return f"{len(got)} outputs instead of {len(wanted)}"
    for one, two in zip(got, wanted):
        one, two = np.asarray(one, "float64"), np.asarray(two, "float64")
        if one.shape != two.shape:
            return f"shape {one.shape} instead of {two.shape}"
        if not np.allclose(one, two, rtol=2e-4, atol=2e-5, equal_nan=True):
            return f"outputs differ by {np.abs(one - two).max():.3g}"
    return ""


def inputs_of(data):
    """Return the inputs of a job as `predict` takes them."""
    arrays = [data[f"x{i}"] for i in range(100) if f"x{i}" in data]
    return arrays[0] if len(arrays) == 1 else arrays


def run(keras, job):
    """Open one file and return what is wrong, `''` if nothing is."""
    data = np.load(job["data"])
    if job["kind"] == "json":
        with open(job["path"]) as file:
            model = keras.models.model_from_json(file.read())
    else:
        model = keras.models.load_model(job["path"], compile=job["kind"] == "train")
    if job.get("weights"):
        model.load_weights(job["weights"])
    found = difference(as_list(model.predict(inputs_of(data), verbose=0)), data, "y")
    if found or job["kind"] != "train":
        return found
    losses = []
    for _ in range(2):
        if hasattr(model, "reset_metrics"):
            model.reset_metrics()
        result = model.train_on_batch(inputs_of(data), data["t0"])
        losses.append(float(np.asarray(as_list(result)[0])))
    if not np.allclose(losses, data["losses"], rtol=1e-3, atol=1e-5):
        return f"losses {losses} instead of {data['losses'].tolist()}"
    return ""


def main():
    """Do all jobs."""
    keras = importlib.import_module(sys.argv[1])
    with open(sys.argv[2]) as file:
        jobs = json.load(file)
    answers = []
    for job in jobs:
        try:
            keras.backend.clear_session()
            answers.append(run(keras, job))
        except Exception as error:
            text = " ".join(str(error).split())
            answers.append(f"{type(error).__name__}: {text[:400]}")
    with open(sys.argv[2] + ".out", "w") as file:
        json.dump(answers, file)


if __name__ == "__main__":
    main()
