"""Store what Keras gives for the calls of `argument_cases.py`.

    KERAS_BACKEND=tensorflow python make_arguments.py
    KERAS_BACKEND=jax JAX_ENABLE_X64=1 python make_arguments.py

Each run replaces its backend's part of `arguments.npz`. A call has three records, and
one of them is `None` where Keras refuses: its results, the specs of its results where
the first axis of each array is unknown, and the gradients of the weighted sum of its
float32 results by each float32 array. With JAX, which compiles each call, results and
gradients are tried only where TensorFlow gave none.
"""

import json
import pathlib

import argument_cases
import keras
import numpy as np
from keras import ops

PATH = pathlib.Path(__file__).with_name("arguments.npz")


def flat(result):
    if isinstance(result, dict):
        result = [result[key] for key in sorted(result)]
    if isinstance(result, (tuple, list)):
        return [leaf for part in result for leaf in flat(part)]
    return [] if result is None else [result]


def floats(results):
    """The float32 results, with a weight for each element."""
    for result in results:
        if getattr(result, "shape", None) is not None and "float32" in str(
            result.dtype
        ):
            size = int(np.prod(result.shape))
            weights = np.linspace(0.5, 1.5, size).reshape(result.shape)
            yield result, weights.astype("float32")


def values(run, arrays):
    found = flat(run([ops.convert_to_tensor(array) for array in arrays]))
    kept = [x for x in found if not isinstance(x, (str, type))]
    return [np.asarray(ops.convert_to_numpy(x)) for x in kept]


def specs(run, arrays):
    unknown = [(None, *a.shape[1:]) if a.ndim else () for a in arrays]
    inputs = [
        keras.KerasTensor(shape, dtype=array.dtype.name)
        for shape, array in zip(unknown, arrays)
    ]
    return [
        [keras.backend.standardize_dtype(x.dtype), list(x.shape)]
        for x in flat(run(inputs))
        if isinstance(x, keras.KerasTensor)
    ]


def tensorflow_gradients(run, arrays, wanted):
    import tensorflow as tf

    tensors = [tf.constant(array) for array in arrays]
    sources = [tensors[place] for place in wanted]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        terms = [tf.reduce_sum(x * w) for x, w in floats(flat(run(tensors)))]
        loss = sum(terms)
    found = tape.gradient(loss, sources, unconnected_gradients="zero")
    return [tf.convert_to_tensor(gradient).numpy() for gradient in found]


def jax_gradients(run, arrays, wanted):
    import jax

    def loss(sources):
        tensors = [ops.convert_to_tensor(array) for array in arrays]
        for place, source in zip(wanted, sources):
            tensors[place] = source
        return sum(ops.sum(x * w) for x, w in floats(flat(run(tensors))))

    found = jax.grad(loss)([ops.convert_to_tensor(arrays[place]) for place in wanted])
    return [np.asarray(gradient) for gradient in found]


def gradients(run, arrays):
    wanted = [place for place, a in enumerate(arrays) if a.dtype == np.float32]
    if not wanted:
        return None
    backend = {"tensorflow": tensorflow_gradients, "jax": jax_gradients}
    return backend[keras.backend.backend()](run, arrays, wanted)


def attempt(function, run, arrays):
    try:
        return function(run, arrays)
    except Exception:
        return None


class Store:
    """All arrays of one kind in a row, and where each lies."""

    def __init__(self):
        self.rows = {}

    def add(self, arrays):
        return None if arrays is None else [self.place(array) for array in arrays]

    def place(self, array):
        kind = "c16" if array.dtype.kind == "c" else "f8"
        row = self.rows.setdefault(kind, [])
        start = sum(map(len, row))
        row.append(array.ravel().astype(kind))
        return [array.dtype.name, list(array.shape), start]


def all_records(kept):
    """The records of all calls, one by one."""
    done = {}
    if keras.backend.backend() == "jax":
        done = json.loads(kept["tensorflow_table"].tobytes())
    for calls in argument_cases.CASES.values():
        for call in calls:
            run, arrays = argument_cases.split(call, ops)
            before = done.get(call, [None, None, None])
            first = attempt(values, run, arrays) if before[0] is None else None
            shapes = attempt(specs, run, arrays) if not done else None
            last = attempt(gradients, run, arrays) if before[2] is None else None
            yield call, first, shapes, last


def main():
    store, table = Store(), {}
    backend = keras.backend.backend()
    kept = dict(np.load(PATH)) if PATH.exists() else {}
    for call, first, shapes, last in all_records(kept):
        record = [store.add(first), shapes, store.add(last)]
        if record != [None, None, None]:
            table[call] = record
    kept[f"{backend}_table"] = np.frombuffer(json.dumps(table).encode(), "u1")
    for kind, row in store.rows.items():
        kept[f"{backend}_{kind}"] = np.concatenate(row)
    np.savez_compressed(PATH, **kept)


if __name__ == "__main__":
    main()
