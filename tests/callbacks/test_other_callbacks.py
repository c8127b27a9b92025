"""RemoteMonitor, SwapEMAWeights and the names of other frameworks."""

import http.server
import json
import threading
import urllib.parse

import numpy as np
import pytest

import kerasish as keras
from kerasish.callbacks import BaseLogger, Callback, RemoteMonitor, SwapEMAWeights

X = np.random.default_rng(0).standard_normal((20, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


@pytest.fixture
def server():
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            size = int(self.headers["Content-Length"])
            received.append((self.path, self.headers, self.rfile.read(size).decode()))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            """Says nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("as_json", [False, True])
def test_remote_monitor_sends_the_logs(server, as_json):
    root, received = server
    monitor = RemoteMonitor(
        root, "/logs/", headers={"X-Key": "k"}, send_as_json=as_json
    )
    monitor.on_epoch_end(3, {"loss": np.float32(0.5), "values": np.arange(2)})
    ((path, headers, body),) = received
    assert (path, headers["X-Key"]) == ("/logs/", "k")
    if not as_json:
        (body,) = urllib.parse.parse_qs(body)["data"]
    assert json.loads(body) == {"epoch": 3, "loss": 0.5, "values": [0, 1]}


def test_a_missing_server_warns():
    with pytest.warns(UserWarning, match="not reached"):
        RemoteMonitor("http://127.0.0.1:9").on_epoch_end(0, {})


class Weights(Callback):
    """Keeps the weights that are in the model at some moments."""

    def on_train_begin(self, logs=None):
        self.seen = {}

    def _note(self, name):
        self.seen.setdefault(name, []).append(self.model.get_weights()[0].copy())

    def on_epoch_begin(self, epoch, logs=None):
        self._note("begin")

    def on_epoch_end(self, epoch, logs=None):
        self._note("end")

    def on_test_begin(self, logs=None):
        self._note("test")

    def on_train_batch_end(self, batch, logs=None):
        if batch == 4:
            self._note("trained")
            average = self.model.optimizer._moving_averages[0]
            self._note_array("average", average.numpy())

    def _note_array(self, name, array):
        self.seen.setdefault(name, []).append(array)


def trained(swap_on_epoch):
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), "mse")
    weights = Weights()
    model.fit(
        X,
        Y,
        batch_size=4,
        epochs=2,
        validation_data=(X, Y),
        callbacks=[SwapEMAWeights(swap_on_epoch), weights],
        verbose=0,
    )
    return model, weights.seen


@pytest.mark.parametrize("swap_on_epoch", [False, True])
def test_averages_are_swapped_in(swap_on_epoch):
    model, seen = trained(swap_on_epoch)
    for epoch in range(2):
        assert np.abs(seen["average"][epoch] - seen["trained"][epoch]).max() > 1e-3
        np.testing.assert_array_equal(seen["test"][epoch], seen["average"][epoch])
        end = "average" if swap_on_epoch else "trained"
        np.testing.assert_array_equal(seen["end"][epoch], seen[end][epoch])
    np.testing.assert_array_equal(seen["begin"][1], seen["trained"][0])
    np.testing.assert_array_equal(model.get_weights()[0], seen["average"][1])


def test_swapping_needs_averages():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="use_ema"):
        model.fit(X, Y, callbacks=[SwapEMAWeights()], verbose=0)


@pytest.mark.parametrize("name", ["OrbaxCheckpoint", "SidecarEvaluatorModelExport"])
def test_what_needs_another_framework_says_so(name):
    with pytest.raises(NotImplementedError, match="use ModelCheckpoint"):
        getattr(keras.callbacks, name)("folder")


def test_base_logger_changes_nothing():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(X, Y, callbacks=[BaseLogger()], verbose=0).history
    assert list(history) == ["loss"]
