"""Models whose files are opened by real Keras: every layer, structures, optimizers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import kerasish as keras
from kerasish import layers, tree
from tests.layers.layer_table import CASES


def randomise(model: Any, seed: int = 3) -> None:
    """Give all float weights values that no layer starts with."""
    rng = np.random.default_rng(seed)
    model.set_weights(
        [
            (0.4 * rng.random(weight.shape) + 0.1).astype(weight.dtype)
            if weight.dtype.kind == "f"
            else weight
            for weight in model.get_weights()
        ]
    )


def of_layers() -> Iterator[tuple[str, Any, list[np.ndarray]]]:
    """Yield the name, a model and its inputs for each layer with a test case."""
    for name, case in sorted(CASES.items()):
        if case.own or case.code:
            continue
        keras.backend.clear_session()
        arrays = case.arrays()
        inputs = [
            keras.Input(a.shape[1:], dtype=a.dtype.name, name=f"x{i}")
            for i, a in enumerate(arrays)
        ]
        try:
            outputs = case.make()(*case.arguments(inputs))
            model = keras.Model(inputs, tree.flatten(outputs))
        except Exception as error:
            print(f"no model with {name}: {' '.join(str(error).split())[:100]}")
            continue
        randomise(model)
        yield name, model, arrays


def _nested() -> Any:
    x = keras.Input((4,))
    inner = keras.Sequential(
        [keras.Input((4,)), layers.Dense(3), layers.BatchNormalization()]
    )
    z = keras.Input((3,))
    deep = keras.Model(z, layers.Dense(3, "tanh")(z), name="deep")
    shared = layers.Dense(3, name="shared")
    h = layers.Concatenate()([deep(inner(x)), deep(shared(inner(x)))])
    return keras.Model(x, [layers.Dense(2)(h), deep(shared(inner(x)))])


def _frozen() -> Any:
    model = _nested()
    model.get_layer("deep").trainable = False
    return model


def _wrapped_model() -> Any:
    z = keras.Input((4,))
    inner = keras.Model(z, layers.Dense(2)(layers.Dense(3, "relu")(z)))
    return keras.Sequential([keras.Input((5, 4)), layers.TimeDistributed(inner)])


def _attention() -> Any:
    x = keras.Input((5, 4))
    h = layers.MultiHeadAttention(2, 3, name="heads")(x, x)
    return keras.Model(x, layers.LayerNormalization()(layers.Add()([h, x])))


def _attention_by_keywords() -> Any:
    x, y = keras.Input((5, 4)), keras.Input((6, 3))
    return keras.Model([x, y], layers.MultiHeadAttention(2, 3)(query=x, value=y))


def _states() -> Any:
    x, y = keras.Input((5, 4)), keras.Input((3, 2))
    _, h, c = layers.LSTM(3, return_state=True)(x)
    return keras.Model([x, y], layers.LSTM(3)(y, initial_state=[h, c]))


def _masks() -> Any:
    x = keras.Input((6,), dtype="int32")
    h = layers.Embedding(7, 4, mask_zero=True)(x)
    h = layers.Bidirectional(layers.GRU(3, return_sequences=True))(h)
    return keras.Model(x, layers.LSTM(2)(h))


def _ops() -> Any:
    x = keras.Input((4,))
    return keras.Model(x, keras.ops.relu(layers.Dense(3)(x)) * 2.0 + 1.0)


def _many_ends() -> Any:
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    h = layers.Add()([layers.Dense(3)(a), layers.Dense(3)(b)])
    return keras.Model([a, b], [layers.Dense(2, name="p")(h), layers.Dense(1)(h)])


def _initialisers() -> Any:
    model = keras.Sequential([keras.Input((4,))])
    for name in ("glorot_normal", "he_normal", "he_uniform", "lecun_normal",
                 "lecun_uniform", "orthogonal", "truncated_normal"):  # fmt: skip
        model.add(
            layers.Dense(
                3,
                kernel_initializer=name,
                kernel_regularizer=keras.regularizers.L1L2(0.01, 0.02),
                kernel_constraint="max_norm",
            )
        )
    return model


def _convolutions() -> Any:
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.SeparableConv2D(4, 3),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.5),
            layers.Dense(3, activation="softmax"),
        ]
    )


STRUCTURES: dict[str, tuple[Callable[[], Any], tuple]] = {
    "nested": (_nested, ((3, 4),)),
    "frozen": (_frozen, ((3, 4),)),
    "wrapped_model": (_wrapped_model, ((3, 5, 4),)),
    "attention": (_attention, ((3, 5, 4),)),
    "attention_by_keywords": (_attention_by_keywords, ((3, 5, 4), (3, 6, 3))),
    "states": (_states, ((3, 5, 4), (3, 3, 2))),
    "masks": (_masks, ((3, 6),)),
    "ops": (_ops, ((3, 4),)),
    "many_ends": (_many_ends, ((3, 4), (3, 4))),
    "initialisers": (_initialisers, ((3, 4),)),
    "convolutions": (_convolutions, ((3, 8, 8, 3),)),
}


def of_structures() -> Iterator[tuple[str, Any, list[np.ndarray]]]:
    """Yield the name, a model and its inputs for models of several layers."""
    for name, (make, shapes) in STRUCTURES.items():
        keras.backend.clear_session()
        rng = np.random.default_rng(0)
        model = make()
        randomise(model)
        whole = "int" in model.inputs[0].dtype
        arrays = [
            rng.integers(0, 7, shape).astype("int32")
            if whole
            else rng.normal(size=shape).astype("float32")
            for shape in shapes
        ]
        yield name, model, arrays


OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD": {"momentum": 0.9, "nesterov": True},
    "RMSprop": {"momentum": 0.5, "centered": True},
    "Adam": {"amsgrad": True, "clipnorm": 0.5},
    "AdamW": {},
    "Adamax": {},
    "Adagrad": {},
    "Adadelta": {"learning_rate": 0.5},
    "Nadam": {},
    "Ftrl": {},
    "Lion": {},
    "Adafactor": {},
    "Lamb": {},
}


def of_optimizers() -> Iterator[tuple[str, Any, list[np.ndarray], np.ndarray]]:
    """Yield name, a model trained for three steps, its inputs and its targets."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(8, 4)).astype("float32")
    y = rng.normal(size=(8, 2)).astype("float32")
    for name, arguments in OPTIMIZERS.items():
        keras.backend.clear_session()
        model = keras.Sequential(
            [keras.Input((4,)), layers.Dense(3, "tanh"), layers.Dense(2)]
        )
        randomise(model)
        optimizer = getattr(keras.optimizers, name)(
            **{"learning_rate": 0.02, **arguments}
        )
        model.compile(optimizer, "mse", metrics=["mae"])
        for _ in range(3):
            model.train_on_batch(x, y)
        yield name, model, [x], y
