"""Two files whose writers' further training was not what their formulas say.

TensorFlow 1 updated weights in place while gradients of deeper layers were still being
computed from them, so that a layer below got the gradient through kernels that had been
updated already. With that order NumPy gives the writers' numbers exactly; with the
gradients of the weights as they were it gives those of this package.
"""

import pathlib

import h5py
import numpy as np
import pytest

import kerasish as keras

FOLDER = pathlib.Path(__file__).parent / "fixtures"
BATCH = 8
STEPS = 3


def opened(name):
    with np.load(FOLDER / f"{name}.npz") as stored:
        values = dict(stored)
    with h5py.File(FOLDER / f"{name}.h5") as file:
        weights = {}
        file["model_weights"].visititems(
            lambda key, item: (
                weights.__setitem__(key.split("/", 1)[-1], item[()])
                if isinstance(item, h5py.Dataset)
                else None
            )
        )
        group = file["optimizer_weights"]
        state = [group[key][()] for key in group.attrs["weight_names"]]
    return values, weights, [np.float64(array) for array in state]


def batch(values, name, step):
    return values[name][step * BATCH : (step + 1) * BATCH].astype("float64")


def adamax(late):
    """The outputs after training; `late` reads the upper kernel after its update."""
    values, stored, state = opened("k122tf_opt_adamax")
    w = [np.float64(stored[f"dense_2{n}_{k}:0"]) for n in (6, 7) for k in "Wb"]
    moments, norms = state[1:5], state[5:9]

    def update(index, gradient, time):
        moments[index] = 0.9 * moments[index] + 0.1 * gradient
        norms[index] = np.maximum(0.999 * norms[index], np.abs(gradient))
        rate = 0.02 / (1 - 0.9**time)
        w[index] = w[index] - rate * moments[index] / (norms[index] + 1e-8)

    for step in range(STEPS):
        x, y = batch(values, "tx0", step), batch(values, "ty0", step)
        hidden = np.tanh(x @ w[0] + w[1])
        error = 2 * (hidden @ w[2] + w[3] - y) / y.size
        before, time = w[2], state[0] + 1 + step
        update(2, hidden.T @ error, time)
        update(3, error.sum(0), time)
        error = error @ (w[2] if late else before).T * (1 - hidden**2)
        update(0, x.T @ error, time)
        update(1, error.sum(0), time)
    return [np.tanh(values["x0"] @ w[0] + w[1]) @ w[2] + w[3]]


def two_outputs(late):
    """The same for a frozen layer between two, and outputs with a loss each."""
    values, stored, state = opened("k224_opt_multi")
    frozen, shift = stored["frozen/kernel:0"], stored["frozen/bias:0"]
    names = [f"{n}/{k}:0" for n in ("h", "cls", "reg") for k in ("kernel", "bias")]
    w = [np.float64(stored[name]) for name in names]
    first, second = state[1:7], state[7:13]

    def forward(x):
        low = np.maximum(x @ w[0] + w[1], 0)
        mid = np.tanh(low @ frozen + shift)
        scores = np.exp(mid @ w[2] + w[3])
        both = np.concatenate([low, mid], 1)
        return low, mid, scores / scores.sum(1, keepdims=True), both, both @ w[4] + w[5]

    def update(index, gradient, time):
        first[index] = 0.9 * first[index] + 0.1 * gradient
        second[index] = 0.999 * second[index] + 0.001 * gradient**2
        rate = 0.02 * np.sqrt(1 - 0.999**time) / (1 - 0.9**time)
        w[index] = w[index] - rate * first[index] / (np.sqrt(second[index]) + 1e-7)

    for step in range(STEPS):
        x = batch(values, "tx0", step)
        low, mid, classes, both, number = forward(x)
        above = (classes - batch(values, "ty0", step)) / BATCH
        beside = (number - batch(values, "ty1", step)) / BATCH
        # This writer's step number was one ahead of the stored one.
        before, time = list(w), state[0] + 2 + step
        update(2, mid.T @ above, time)
        update(3, above.sum(0), time)
        update(4, both.T @ beside, time)
        update(5, beside.sum(0), time)
        joined = beside @ (w if late else before)[4].T
        error = (above @ before[2].T + joined[:, 7:]) * (1 - mid**2)
        error = (error @ frozen.T + joined[:, :7]) * (low > 0)
        update(0, x.T @ error + 2 * 0.01 * w[0], time)
        update(1, error.sum(0), time)
    outputs = forward(values["x0"].astype("float64"))
    return [outputs[2], outputs[4]]


@pytest.mark.parametrize(
    "name, computed",
    [("k122tf_opt_adamax", adamax), ("k224_opt_multi", two_outputs)],
)
def test_the_formula_is_followed_where_the_writer_did_not(name, computed):
    values, _, _ = opened(name)
    for number, output in enumerate(computed(late=True)):
        np.testing.assert_allclose(output, values[f"after{number}"], atol=1e-5)
    model = keras.saving.load_model(FOLDER / f"{name}.h5")
    targets = [key for key in ("ty0", "ty1") if key in values]
    for step in range(STEPS):
        y = [batch(values, key, step) for key in targets]
        model.train_on_batch(batch(values, "tx0", step), y if len(y) > 1 else y[0])
    outputs = model.predict(values["x0"], verbose=0)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    for output, wanted in zip(outputs, computed(late=False), strict=True):
        np.testing.assert_allclose(output, wanted, atol=1e-5)
    assert any(
        np.abs(output - values[f"after{number}"]).max() > 3e-4
        for number, output in enumerate(outputs)
    )
