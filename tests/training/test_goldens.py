"""Small trainings give the numbers that real Keras gives (goldens/training.json)."""

import json
import pathlib

import numpy as np
import pytest

import kerasish as keras

GOLDEN = json.loads(
    (pathlib.Path(__file__).parent / "goldens" / "training.json").read_text()
)
X = np.array(GOLDEN["x"], "float32")
TARGETS = np.array(GOLDEN["targets"], "float32")
LABELS = np.array(GOLDEN["labels"])
WEIGHTS = np.array(GOLDEN["sample_weight"], "float32")
STARTS = [np.array(w, "float32") for w in GOLDEN["starts"]]
HEAD = [np.array(w, "float32") for w in GOLDEN["head"]]


def classifier():
    model = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(
                4, "tanh", kernel_regularizer=keras.regularizers.L2(0.01)
            ),
            keras.layers.Dense(3, "softmax"),
        ]
    )
    model.set_weights(STARTS)
    return model


def two_heads():
    inputs = keras.Input((5,), name="features")
    hidden = keras.layers.Dense(4, "tanh", name="hidden")(inputs)
    kind = keras.layers.Dense(3, "softmax", name="kind")(hidden)
    size = keras.layers.Dense(1, name="size")(hidden)
    model = keras.Model(inputs, [kind, size])
    model.set_weights(STARTS + HEAD)
    return model


def check_history(history, expected):
    assert list(history) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=2e-5, err_msg=name)


def check_weights(model, expected):
    for weight, wanted in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(weight, wanted, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("eager", [False, True], ids=["compiled", "eager"])
@pytest.mark.parametrize("name", GOLDEN["three_steps"])
def test_three_steps(name, eager):
    golden = GOLDEN["three_steps"][name]
    model = classifier()
    optimizer = getattr(keras.optimizers, name.split()[0])(**golden["options"])
    model.compile(
        optimizer,
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        run_eagerly=eager,
    )
    for expected in golden["logs"]:
        logs = model.train_on_batch(X, LABELS, sample_weight=WEIGHTS, return_dict=True)
        assert list(logs) == list(expected)
        assert logs == pytest.approx(expected, rel=2e-5)
    check_weights(model, golden["weights"])


def test_fit_with_validation_weights_and_a_short_last_batch():
    golden = GOLDEN["fits"]["single"]
    model = classifier()
    model.compile(
        keras.optimizers.SGD(0.1),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        weighted_metrics=["accuracy", "sparse_categorical_crossentropy"],
    )
    history = model.fit(
        X,
        LABELS,
        batch_size=6,
        epochs=3,
        shuffle=False,
        validation_split=0.25,
        sample_weight=WEIGHTS,
        verbose=0,
    )
    check_history(history.history, golden["history"])
    logs = model.evaluate(X, LABELS, batch_size=5, verbose=0, return_dict=True)
    assert list(logs) == list(golden["evaluate"])
    assert logs == pytest.approx(golden["evaluate"], rel=2e-5)
    outputs = model.predict(X, batch_size=5, verbose=0)
    np.testing.assert_allclose(outputs, golden["predict"], rtol=1e-5, atol=1e-6)


def test_class_weight():
    model = classifier()
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    history = model.fit(
        X,
        LABELS,
        batch_size=6,
        epochs=2,
        shuffle=False,
        class_weight={0: 2.0, 1: 0.5},
        verbose=0,
    )
    check_history(history.history, GOLDEN["fits"]["class_weight"]["history"])


@pytest.mark.parametrize("eager", [False, True], ids=["compiled", "eager"])
def test_two_outputs(eager):
    golden = GOLDEN["fits"]["two heads"]
    model = two_heads()
    model.compile(
        keras.optimizers.SGD(0.1),
        loss={"kind": "sparse_categorical_crossentropy", "size": "mse"},
        loss_weights={"kind": 0.5, "size": 2.0},
        metrics={"kind": ["accuracy"], "size": ["mae", "mse"]},
        weighted_metrics={"size": ["mae"]},
        run_eagerly=eager,
    )
    history = model.fit(
        X,
        {"kind": LABELS, "size": TARGETS},
        batch_size=8,
        epochs=2,
        shuffle=False,
        validation_data=(X[:5], [LABELS[:5], TARGETS[:5]]),
        sample_weight={"kind": WEIGHTS, "size": WEIGHTS[::-1].copy()},
        verbose=0,
    )
    check_history(history.history, golden["history"])
    values = model.evaluate(X, [LABELS, TARGETS], verbose=0)
    np.testing.assert_allclose(values, golden["evaluate"], rtol=2e-5)
    check_weights(model, golden["weights"])


def test_a_mask_reaches_the_loss_and_the_metrics():
    golden = GOLDEN["masked"]
    model = keras.Sequential(
        [
            keras.Input((5, 1)),
            keras.layers.Masking(),
            keras.layers.TimeDistributed(keras.layers.Dense(1, use_bias=False)),
        ]
    )
    model.set_weights([np.array([[0.5]], "float32")])
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"])
    history = model.fit(
        np.array(golden["x"]),
        np.array(golden["y"]),
        batch_size=3,
        epochs=2,
        shuffle=False,
        verbose=0,
    )
    check_history(history.history, golden["history"])


def test_losses_nested_as_the_outputs_are():
    """The numbers and names are those of Keras 3.15 on JAX."""
    x = keras.Input((3,))
    outputs = {
        "x": {"p": keras.layers.Dense(1, kernel_initializer="ones", name="p")(x)},
        "q": [keras.layers.Dense(1, kernel_initializer="ones", name="q")(x)],
    }
    model = keras.Model(x, outputs)
    zeros = np.zeros((4, 1))
    targets = {"x": {"p": zeros}, "q": [zeros]}
    model.compile(
        "sgd",
        loss={"x": {"p": "mse"}, "q": ["mae"]},
        loss_weights={"x": {"p": 2.0}, "q": [1.0]},
    )
    logs = model.evaluate(np.ones((4, 3)), targets, verbose=0, return_dict=True)
    assert logs == {"loss": 21.0, "q/q_loss": 3.0, "x/p_loss": 9.0}
