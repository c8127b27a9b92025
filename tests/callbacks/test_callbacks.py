"""What the callbacks do, and the order in which their hooks are called."""

import csv
import os

import numpy as np
import pytest

import kerasish as keras
from kerasish.callbacks import (
    Callback,
    CallbackList,
    CSVLogger,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)

X = np.random.default_rng(0).standard_normal((20, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def small_model(metrics=None, learning_rate=0.1):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse", metrics=metrics)
    return model


class Scripted(Callback):
    """Replaces the epoch's logs by given values, before the callback under test."""

    def __init__(self, name, values):
        super().__init__()
        self.name = name
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        logs[self.name] = self.values[epoch]


def run(callback, values, name="val_loss", epochs=None, model=None):
    model = model or small_model()
    history = model.fit(
        X,
        Y,
        epochs=epochs or len(values),
        callbacks=[Scripted(name, values), callback],
        verbose=0,
    )
    return model, history


class Recorder(Callback):
    def __init__(self):
        super().__init__()
        self.events = []


def _recording_hook(name):
    def hook(self, *args, **kwargs):
        numbers = [a for a in args if isinstance(a, int)]
        logs = next((a for a in args if isinstance(a, dict)), kwargs.get("logs"))
        self.events.append((name, *numbers, *sorted(logs or {})))
        if name.startswith("on_train_batch"):
            getattr(Callback, name)(self, *args, **kwargs)

    return hook


for _name in dir(Callback):
    if _name.startswith("on_"):
        setattr(Recorder, _name, _recording_hook(_name))


def test_hooks_are_called_in_the_order_of_keras():
    recorder = Recorder()
    model = small_model(["mae"])
    model.fit(
        X,
        Y,
        batch_size=10,
        epochs=1,
        validation_data=(X[:5], Y[:5]),
        callbacks=[recorder],
        verbose=0,
    )
    model.predict(X[:5], callbacks=[recorder], verbose=0)
    model.evaluate(X[:5], Y[:5], callbacks=[recorder], verbose=0)
    assert recorder.events == [
        ("on_train_begin",),
        ("on_epoch_begin", 0),
        ("on_train_batch_begin", 0),
        ("on_batch_begin", 0),
        ("on_train_batch_end", 0, "loss", "mae"),
        ("on_batch_end", 0, "loss", "mae"),
        ("on_train_batch_begin", 1),
        ("on_batch_begin", 1),
        ("on_train_batch_end", 1, "loss", "mae"),
        ("on_batch_end", 1, "loss", "mae"),
        ("on_test_begin",),
        ("on_test_batch_begin", 0),
        ("on_test_batch_end", 0, "loss", "mae"),
        ("on_test_end", "loss", "mae"),
        ("on_epoch_end", 0, "loss", "mae", "val_loss", "val_mae"),
        ("on_train_end", "loss", "mae", "val_loss", "val_mae"),
        ("on_predict_begin",),
        ("on_predict_batch_begin", 0),
        ("on_predict_batch_end", 0, "outputs"),
        ("on_predict_end",),
        ("on_test_begin",),
        ("on_test_batch_begin", 0),
        ("on_test_batch_end", 0, "loss", "mae"),
        ("on_test_end", "loss", "mae"),
    ]


def test_batch_hooks_get_exact_values_of_their_moment():
    seen = []
    hook = LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(logs))
    model = small_model(learning_rate=0.0)
    model.fit(X, Y, batch_size=10, shuffle=False, callbacks=[hook], verbose=0)
    first = float(np.mean((model.predict(X[:10], verbose=0) - Y[:10]) ** 2))
    whole = float(np.mean((model.predict(X, verbose=0) - Y) ** 2))
    assert [logs["loss"] for logs in seen] == pytest.approx([first, whole], rel=1e-5)
    assert all(type(logs["loss"]) is float for logs in seen)


def test_hooks_that_are_not_overridden_are_not_called():
    class Silent(Callback):
        def on_train_end(self, logs=None):
            self.ended = True

    silent = Silent()
    callbacks = CallbackList([silent])
    assert callbacks.listeners("on_train_batch_end") == []
    callbacks.on_train_batch_end(0, {"loss": 1.0})
    callbacks.on_train_end({})
    assert silent.ended


def test_older_batch_hooks_are_called():
    class Older(Callback):
        seen = 0

        def on_batch_end(self, batch, logs=None):
            self.seen += 1

    older = Older()
    small_model().fit(X, Y, batch_size=10, callbacks=[older], verbose=0)
    assert older.seen == 2


def test_params_and_model_reach_the_callbacks():
    seen = Callback()
    model = small_model()
    model.fit(X, Y, batch_size=10, epochs=3, callbacks=[seen], verbose=0)
    assert seen.model is model
    assert seen.params == {"verbose": 0, "epochs": 3, "steps": 2}


def test_a_class_instead_of_a_callback_is_refused():
    with pytest.raises(TypeError, match=r"Did you mean EarlyStopping\(\.\.\.\)"):
        small_model().fit(X, Y, callbacks=[EarlyStopping], verbose=0)


def test_history_is_returned_and_kept():
    model = small_model()
    history = model.fit(X, Y, epochs=2, initial_epoch=1, verbose=0)
    assert isinstance(history, History)
    assert history is model.history
    assert history.epoch == [1]
    assert list(history.history) == ["loss"]


def test_early_stopping_stops_and_restores():
    callback = EarlyStopping(patience=2, restore_best_weights=True)
    weights = {}
    keep = LambdaCallback(
        on_epoch_end=lambda epoch, logs: weights.update(
            {epoch: keep.model.get_weights()}
        )
    )
    model = small_model()
    model.fit(
        X,
        Y,
        epochs=10,
        callbacks=[Scripted("val_loss", [3.0, 1.0, 2.0, 2.0, 0.0] * 2), keep, callback],
        verbose=0,
    )
    assert callback.stopped_epoch == 3
    assert callback.best_epoch == 1
    assert max(weights) == 3
    np.testing.assert_array_equal(model.get_weights()[0], weights[1][0])


@pytest.mark.parametrize(
    ("options", "values", "epochs_run"),
    [
        ({"patience": 0}, [1.0, 1.0, 1.0], 2),
        ({"min_delta": 0.5, "patience": 1}, [3.0, 2.9, 2.8, 2.7], 2),
        ({"baseline": 1.0, "patience": 2}, [3.0, 3.0, 3.0, 0.5], 2),
        ({"start_from_epoch": 3, "patience": 1}, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 5),
        ({"mode": "max", "patience": 1}, [1.0, 2.0, 1.5, 3.0], 3),
    ],
)
def test_early_stopping_options(options, values, epochs_run):
    _, history = run(EarlyStopping(**options), values)
    assert len(history.epoch) == epochs_run


def test_auto_mode_knows_which_way_is_better():
    model = small_model(["mae", keras.metrics.AUC(name="quality")])
    model.fit(X, (Y > 0).astype("float32"), verbose=0)
    cases = {
        "val_loss": False,
        "val_accuracy": True,
        "val_quality": True,
        "mae": False,
        "val_my_f1": True,
    }
    for name, expected in cases.items():
        callback = EarlyStopping(monitor=name)
        callback.set_model(model)
        assert callback.higher_is_better() is expected, name


def test_a_missing_metric_warns_and_does_nothing():
    with pytest.warns(UserWarning, match="no 'val_loss' in the logs"):
        history = small_model().fit(
            X, Y, epochs=2, callbacks=[EarlyStopping()], verbose=0
        )
    assert len(history.epoch) == 2


def test_learning_rate_scheduler_with_one_and_two_arguments():
    model = small_model()
    halve = LearningRateScheduler(lambda epoch, rate: rate * 0.5)
    history = model.fit(X, Y, epochs=3, callbacks=[halve], verbose=0)
    rates = history.history["learning_rate"]
    assert rates == pytest.approx([0.05, 0.025, 0.0125])
    fixed = LearningRateScheduler(lambda epoch: 0.2 + epoch)
    history = model.fit(X, Y, epochs=2, callbacks=[fixed], verbose=0)
    assert history.history["learning_rate"] == pytest.approx([0.2, 1.2])


def test_the_learning_rate_set_by_a_callback_is_the_one_used():
    model = small_model()
    stop = LearningRateScheduler(lambda epoch: 0.0)
    before = model.get_weights()[0]
    model.fit(X, Y, callbacks=[stop], verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], before)


def test_a_schedule_that_returns_no_number_is_refused():
    bad = LearningRateScheduler(lambda epoch: "small")
    with pytest.raises(ValueError, match="must return a float"):
        small_model().fit(X, Y, callbacks=[bad], verbose=0)


def test_reduce_lr_on_plateau():
    values = [1.0, 1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 0.1]
    callback = ReduceLROnPlateau(factor=0.1, patience=2, cooldown=1, min_lr=0.005)
    _, history = run(callback, values)
    rates = history.history["learning_rate"]
    expected = [0.1, 0.1, 0.1, 0.01, 0.01, 0.005, 0.005, 0.005]
    assert rates == pytest.approx(expected)


def test_reduce_lr_refuses_a_growing_factor():
    with pytest.raises(ValueError, match="factor must be below 1"):
        ReduceLROnPlateau(factor=1.5)
    with pytest.raises(TypeError, match="patiense"):
        ReduceLROnPlateau(patiense=1)


def test_csv_logger(tmp_path):
    path = tmp_path / "log.csv"
    model = small_model(["mae"])
    model.fit(X, Y, epochs=2, callbacks=[CSVLogger(path)], verbose=0)
    model.fit(
        X,
        Y,
        epochs=3,
        initial_epoch=2,
        callbacks=[CSVLogger(path, append=True)],
        verbose=0,
    )
    rows = list(csv.reader(path.open()))
    assert rows[0] == ["epoch", "loss", "mae", "val_loss", "val_mae"]
    assert [row[0] for row in rows[1:]] == ["0", "1", "2"]
    assert rows[1][3] == "NA"
    assert float(rows[3][1]) == pytest.approx(model.history.history["loss"][0])


def test_terminate_on_nan(capsys):
    model = small_model()
    x = X.copy()
    x[12] = np.nan
    with pytest.warns(UserWarning, match="holds NaN"):
        history = model.fit(
            x,
            Y,
            batch_size=5,
            shuffle=False,
            epochs=4,
            callbacks=[TerminateOnNaN()],
            verbose=0,
        )
    assert len(history.epoch) == 1
    assert "Batch 2: invalid loss" in capsys.readouterr().out
    with pytest.raises(RuntimeError, match="invalid loss"):
        model.fit(x, Y, callbacks=[TerminateOnNaN(raise_error=True)], verbose=0)


def test_lambda_callback_refuses_unknown_hooks():
    with pytest.raises(TypeError, match="Did you mean 'on_epoch_end'"):
        LambdaCallback(on_epoch_ends=print)


class Saver:
    """Stands in for a model that can be saved."""

    metrics = ()

    def __init__(self):
        self.saved = []

    def save(self, path, overwrite):
        self.saved.append(os.path.basename(path))

    def save_weights(self, path, overwrite):
        self.saved.append("weights " + os.path.basename(path))


def checkpoint(tmp_path, name, logs, batches=2, **options):
    callback = ModelCheckpoint(tmp_path / "folder" / name, **options)
    callback.set_model(Saver())
    callbacks = CallbackList([callback])
    for epoch, values in enumerate(logs):
        callbacks.on_epoch_begin(epoch)
        for batch in range(batches):
            callbacks.on_train_batch_end(batch, {"loss": 0.0})
        callbacks.on_epoch_end(epoch, values)
    return callback.model.saved


def test_checkpoint_every_epoch_with_fields(tmp_path):
    logs = [{"val_loss": 0.5}, {"val_loss": 0.25}]
    saved = checkpoint(tmp_path, "m-{epoch:02d}-{val_loss:.2f}.h5", logs)
    assert saved == ["m-01-0.50.h5", "m-02-0.25.h5"]
    assert (tmp_path / "folder").is_dir()


def test_checkpoint_saves_the_best_only(tmp_path):
    logs = [{"val_loss": v} for v in (0.5, 0.7, 0.4, 0.4)]
    options = {"save_best_only": True, "save_weights_only": True}
    saved = checkpoint(tmp_path, "{epoch}.weights.h5", logs, **options)
    assert saved == ["weights 1.weights.h5", "weights 3.weights.h5"]
    options = {"save_best_only": True, "mode": "max", "initial_value_threshold": 0.6}
    assert checkpoint(tmp_path, "{epoch}.h5", logs, **options) == ["2.h5"]


def test_checkpoint_every_few_batches(tmp_path):
    logs = [{"loss": 0.5}] * 2
    saved = checkpoint(tmp_path, "{epoch}-{batch}.h5", logs, batches=4, save_freq=3)
    assert saved == ["1-3.h5", "2-2.h5"]


def test_checkpoint_refuses_what_cannot_work(tmp_path):
    with pytest.raises(ValueError, match="save_freq"):
        ModelCheckpoint(tmp_path / "m.h5", save_freq="batch")
    with pytest.raises(ValueError, match=r"holds a whole model"):
        ModelCheckpoint(tmp_path / "model.keras", save_weights_only=True)
    with pytest.raises(KeyError, match="has a field 'val_acc'"):
        checkpoint(tmp_path, "{val_acc}.h5", [{"loss": 1.0}])
    with pytest.warns(UserWarning, match="save_best_only needs"):
        checkpoint(tmp_path, "m.h5", [{"loss": 1.0}], save_best_only=True)
    (tmp_path / "folder" / "taken.h5").mkdir(parents=True)
    with pytest.raises(OSError, match="existing folder"):
        checkpoint(tmp_path, "taken.h5", [{"loss": 1.0}])


def test_a_callback_may_predict_and_evaluate_in_between():
    model = small_model()
    seen = []

    class Nested(Callback):
        def on_train_batch_end(self, batch, logs=None):
            before = dict(logs)
            seen.append(self.model.predict(X[:2], verbose=0).shape)
            assert logs == before

        def on_epoch_end(self, epoch, logs=None):
            seen.append(self.model.evaluate(X, Y, verbose=0))

    model.fit(X, Y, batch_size=10, callbacks=[Nested()], verbose=0)
    assert seen[:2] == [(2, 1), (2, 1)]
    assert seen[2] == pytest.approx(model.evaluate(X, Y, verbose=0), rel=1e-5)


def test_checkpoint_writes_files_that_load(tmp_path):
    model = small_model()
    whole, weights = tmp_path / "best.h5", tmp_path / "last.weights.h5"
    callbacks = [
        ModelCheckpoint(whole, monitor="loss", save_best_only=True),
        ModelCheckpoint(weights, save_weights_only=True, save_freq=4),
    ]
    model.fit(X, Y, batch_size=10, epochs=2, callbacks=callbacks, verbose=0)
    expected = model.predict(X, verbose=0)
    loaded = keras.models.load_model(whole)
    np.testing.assert_allclose(loaded.predict(X, verbose=0), expected, rtol=1e-6)
    assert loaded.compiled
    other = small_model()
    other.load_weights(weights)
    np.testing.assert_allclose(other.predict(X, verbose=0), expected, rtol=1e-6)
