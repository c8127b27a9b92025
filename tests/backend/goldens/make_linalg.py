"""Store what Keras on TensorFlow gives for `linalg_cases.py` and `image_cases.py`.

Run `python make_linalg.py` where Keras and TensorFlow are. A case that Keras refuses is
stored as `null`.
"""

import json
import pathlib

import image_cases
import linalg_cases
import numpy as np
import tensorflow as tf
from keras import ops


def weights(shape):
    return np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape).astype("float32")


def flat(result):
    if isinstance(result, (tuple, list)):
        return [leaf for part in result for leaf in flat(part)]
    return [tf.convert_to_tensor(result)]


def rounded(value):
    """Return a list of six digits, which is more than the tests compare."""
    value = np.asarray(value).ravel()
    if value.dtype.kind == "f":
        return [float(f"{number:.6g}") for number in value]
    return value.tolist()


def evaluate(expression):
    inputs = {n: tf.constant(v) for n, v in linalg_cases.INPUTS.items()}
    names = compile(expression, "case", "eval").co_names
    watched = {n: t for n, t in inputs.items() if n in names and t.dtype == tf.float32}
    with tf.GradientTape(persistent=True) as tape:
        for tensor in watched.values():
            tape.watch(tensor)
        results = flat(eval(expression, {"ops": ops, "np": np, **inputs}))
        floats = [r for r in results if r.dtype == tf.float32]
        loss = sum(tf.reduce_sum(r * weights(r.shape)) for r in floats)
    record = {"results": [[r.dtype.name, list(r.shape), rounded(r)] for r in results]}
    if floats and "affine" not in expression and "perspective" not in expression:
        try:
            found = tape.gradient(loss, watched)
        except (LookupError, NotImplementedError, tf.errors.InvalidArgumentError):
            found = {}
        record["gradients"] = {
            name: rounded(tf.convert_to_tensor(g))
            for name, g in found.items()
            if g is not None
        }
    return record


def main():
    table = {}
    for expression in linalg_cases.CASES + image_cases.CASES:
        try:
            table[expression] = evaluate(expression)
        except Exception as error:
            print(expression, type(error).__name__, str(error)[:100])
            table[expression] = None
    path = pathlib.Path(__file__).with_name("linalg.json")
    lines = (f"{json.dumps(k)}: {json.dumps(v)}" for k, v in table.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
