"""Store what Keras on TensorFlow gives for `shape_cases.py`.

Run `python make_shape.py` where Keras and TensorFlow are. A case that Keras refuses is
stored as `null`.
"""

import json
import pathlib

import numpy as np
import shape_cases
import tensorflow as tf
from keras import ops


def weights(shape):
    return np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape)


def flat(result):
    if isinstance(result, (tuple, list)):
        return [leaf for part in result for leaf in flat(part)]
    return [tf.convert_to_tensor(result)]


def evaluate(expression):
    inputs = {n: tf.constant(v) for n, v in shape_cases.INPUTS.items()}
    names = compile(expression, "case", "eval").co_names
    watched = {n: t for n, t in inputs.items() if n in names and t.dtype == tf.float32}
    with tf.GradientTape() as tape:
        for tensor in watched.values():
            tape.watch(tensor)
        results = flat(eval(expression, {"ops": ops, "np": np, **inputs}))
        loss = sum(
            tf.reduce_sum(result * weights(result.shape).astype("float32"))
            for result in results
            if result.dtype == tf.float32
        )
    record = {
        "results": [
            [r.dtype.name, list(r.shape), np.asarray(r).ravel().tolist()]
            for r in results
        ]
    }
    if watched and tf.is_tensor(loss):
        found = tape.gradient(loss, watched, unconnected_gradients="zero")
        record["gradients"] = {
            name: tf.convert_to_tensor(g).numpy().ravel().tolist()
            for name, g in found.items()
        }
    return record


def main():
    table = {}
    for expression in shape_cases.CASES:
        try:
            table[expression] = evaluate(expression)
        except Exception:
            table[expression] = None
    path = pathlib.Path(__file__).with_name("shape.json")
    lines = (f"{json.dumps(k)}: {json.dumps(v)}" for k, v in table.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
