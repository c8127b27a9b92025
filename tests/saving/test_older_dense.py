"""Dense layers that only Keras 1 had, by their formulas."""

import numpy as np

import kerasish as keras

X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
COMMON = {
    "init": "glorot_uniform", "W_regularizer": None, "b_regularizer": None,
    "activity_regularizer": None, "W_constraint": None, "b_constraint": None,
    "bias": True, "trainable": True,
}  # fmt: skip


def test_models_with_them():
    first = {"name": "way", "activation": "tanh", "input_dim": 3, "transform_bias": -2}
    second = {"name": "out", "output_dim": 2, "nb_feature": 4, "input_dim": 3}
    config = [
        {"class_name": "Highway",
         "config": {**COMMON, **first, "batch_input_shape": [None, 3]}},
        {"class_name": "MaxoutDense", "config": {**COMMON, **second}},
    ]  # fmt: skip
    model = keras.models.model_from_config(
        {"class_name": "Sequential", "config": config, "keras_version": "1.2.2"}
    )
    rng = np.random.default_rng(1)
    w, v, b, c, kernel, bias = values = [
        rng.normal(size=weight.shape) for weight in model.weights
    ]
    model.set_weights(values)
    gate = 1 / (1 + np.exp(-(X @ v + c)))
    hidden = gate * np.tanh(X @ w + b) + (1 - gate) * X
    wanted = (np.einsum("bi,fio->bfo", hidden, kernel) + bias).max(axis=1)
    np.testing.assert_allclose(model.predict(X, verbose=0), wanted, rtol=1e-4)
