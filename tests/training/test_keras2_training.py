"""What programs for Keras 2 pass to `fit`, and find in callbacks and metrics."""

import numpy as np
import pytest

import kerasish as keras
from kerasish import layers


def _compiled(**kwargs):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse", **kwargs)
    return model


class _Batches(keras.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return np.ones((4, 3)), np.ones((4, 1))


def test_workers_are_arguments_of_the_loops():
    model, data = _compiled(), _Batches()
    model.fit(data, workers=2, max_queue_size=3, verbose=0)
    assert (data.workers, data.max_queue_size) == (2, 3)
    model.evaluate(data, workers=1, use_multiprocessing=False, verbose=0)
    assert (data.workers, data.max_queue_size) == (1, 3)
    assert model.predict(data, workers=1, verbose=0).shape == (8, 1)


class _Seen(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.seen = self.validation_data


@pytest.mark.parametrize("weights", [None, np.full(5, 2.0)])
def test_callbacks_find_the_validation_arrays(weights):
    x, y = np.ones((5, 3)), np.zeros((5, 1))
    given = (x, y) if weights is None else (x, y, weights)
    seen = _Seen()
    _compiled().fit(x, y, validation_data=given, callbacks=[seen], verbose=0)
    expected = np.ones(5) if weights is None else weights
    for found, wanted in zip(seen.seen, (x, y, expected), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_callbacks_find_the_split_off_arrays():
    seen = _Seen()
    x = np.arange(30.0).reshape(10, 3)
    _compiled().fit(x, x[:, :1], validation_split=0.2, callbacks=[seen], verbose=0)
    np.testing.assert_array_equal(seen.seen[0], x[8:])


def test_the_model_of_a_callback_can_be_set():
    model = _compiled()
    callback = keras.callbacks.EarlyStopping()
    callback.model = model
    assert callback.model is model


def test_functions_can_be_made_under_their_old_names():
    model = _compiled()
    for name in ("train", "test", "predict"):
        getattr(model, f"_make_{name}_function")()
    assert model.predict(np.ones((2, 3)), verbose=0).shape == (2, 1)


def test_each_output_has_a_metric_object_of_its_own():
    x = keras.Input((3,))
    model = keras.Model(x, [layers.Dense(1, name="a")(x), layers.Dense(1, name="b")(x)])
    metric = keras.metrics.MeanSquaredError(name="error")
    model.compile("sgd", "mse", metrics=[metric])
    data = np.ones((4, 3))
    results = model.evaluate(
        data, [np.zeros((4, 1)), np.full((4, 1), 9.0)], verbose=0, return_dict=True
    )
    for name, target in (("a", 0.0), ("b", 9.0)):
        output = model.get_layer(name)(data).numpy()
        expected = np.mean((output - target) ** 2)
        np.testing.assert_allclose(results[f"{name}_error"], expected, rtol=1e-5)


def test_copies_of_lambdas_keep_their_functions():
    factor = 3.0
    x = keras.Input((2,))
    model = keras.Model(x, layers.Lambda(lambda t: t * factor)(x))
    copy = keras.models.clone_model(model)
    np.testing.assert_array_equal(copy(np.ones((1, 2))).numpy(), 3.0)
    layer = layers.Lambda.from_config(model.layers[-1].get_config())
    assert layer.function is model.layers[-1].function


def test_stored_code_of_a_lambda_is_refused():
    import json

    config = layers.Lambda(lambda t: t + 1).get_config()
    with pytest.raises(ValueError, match="safe_mode"):
        layers.Lambda.from_config(json.loads(json.dumps(config)))


def test_named_functions_and_arrays_of_lambdas_come_back():
    def shifted(x, mean):
        return x - mean

    mean = np.array([1.0, 2.0], "float32")
    layer = layers.Lambda(shifted, arguments={"mean": mean})
    copy = layers.Lambda.from_config(layer.get_config())
    np.testing.assert_array_equal(copy.arguments["mean"], mean)
    np.testing.assert_array_equal(copy(np.ones((1, 2))).numpy(), [[0.0, -1.0]])


def test_accuracy_is_found_under_both_names(tmp_path):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    x, y = np.ones((8, 3)), np.ones((8, 1))
    path = str(tmp_path / "best-{val_acc:.1f}.h5")
    callbacks = [
        keras.callbacks.ModelCheckpoint(path, monitor="val_acc", save_best_only=True),
        keras.callbacks.EarlyStopping(monitor="val_acc", patience=0),
    ]
    history = model.fit(
        x, y, epochs=3, verbose=0, callbacks=callbacks, validation_data=(x, y)
    ).history
    assert history["val_acc"] == history["val_accuracy"]
    assert len(history["acc"]) == 2, "one epoch without progress ends the training"
    assert len(list(tmp_path.iterdir())) == 1
    assert list(history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    with pytest.raises(KeyError):
        history["val_precision"]


def test_sparse_matrices_of_any_format_are_trained_on():
    sparse = pytest.importorskip("scipy.sparse")
    dense = np.eye(6, 3, dtype="float32")
    expected = _compiled().predict(dense, verbose=0).shape
    for form in ("csr", "csc", "coo"):
        x, model = sparse.coo_matrix(dense).asformat(form), _compiled()
        history = model.fit(x, np.ones((6, 1)), validation_split=0.5, verbose=0)
        assert np.isfinite(history.history["val_loss"]).all()
        assert model.predict(x, verbose=0).shape == expected


def test_arguments_of_tensorboard_of_keras_2(tmp_path):
    keras.callbacks.TensorBoard(tmp_path, batch_size=32, write_grads=False)
    with pytest.raises(TypeError, match="colour"):
        keras.callbacks.TensorBoard(tmp_path, colour="red")


@pytest.mark.parametrize("loss", [{"b": "mse"}, [None, "mse"]])
@pytest.mark.parametrize("form", ["one", "list", "dict"])
def test_metrics_of_all_outputs_with_targets_of_some(loss, form):
    inputs = keras.Input((3,))
    a, b = (layers.Dense(1, name=name)(inputs) for name in "ab")
    model = keras.Model(inputs, [a, b])
    model.compile("sgd", loss, metrics=["mae"], weighted_metrics=["mse"])
    x, target = np.eye(3, dtype="float32"), np.ones((3, 1), "float32")
    y = {"one": target, "list": [target], "dict": {"b": target}}[form]
    error = model.predict(x, verbose=0)[1] - target
    found = model.evaluate(x, y, verbose=0, return_dict=True)
    assert found == pytest.approx(
        {
            "loss": (error**2).mean(),
            "b_mae": abs(error).mean(),
            "b_mse": (error**2).mean(),
        },
        rel=1e-5,
    )
    assert "b_mae" in model.fit(x, y, verbose=0).history
