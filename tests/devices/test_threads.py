"""One pool of threads, forks, and what is reported about libraries."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from kerasish import config
from kerasish.backend import ops
from kerasish.backend.devices import device, get_device, threads
from kerasish.backend.graph import placeholder, symbolic_scope
from kerasish.backend.plan import Function
from tests.devices.test_ops_cpu import needs_onednn


def run(code, **environment):
    """Run code in a fresh interpreter and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def default_threads():
    before = threads.num_threads()
    yield before
    threads.set_num_threads(before)
    threads._chosen[0] = None


class TestThreads:
    def test_bad_numbers(self):
        for bad in (0, -1, 1.5, True, "2"):
            with pytest.raises(ValueError, match="at least 1"):
                config.set_num_threads(bad)

    def test_chosen_number_is_returned(self, default_threads):
        config.set_num_threads(3)
        assert config.num_threads() == 3

    def test_environment_says_how_many(self):
        code = "import kerasish; print(kerasish.config.num_threads())"
        assert run(code, OMP_NUM_THREADS="3") == "3"

    @pytest.mark.skipif(not threads.openblas(), reason="NumPy has another BLAS")
    def test_openblas_has_one_thread_inside(self):
        blas, cpu = threads.openblas(), get_device("cpu")
        before = blas.get()
        with cpu.guard():
            with cpu.guard():
                assert blas.get() == 1
            assert blas.get() == 1
        assert blas.get() == before

    @pytest.mark.skipif(not threads.openblas(), reason="NumPy has another BLAS")
    def test_openblas_is_released_by_the_last_thread(self):
        blas, cpu = threads.openblas(), get_device("cpu")
        before, inside, leave = blas.get(), threading.Event(), threading.Event()

        def hold():
            with cpu.guard():
                inside.set()
                leave.wait(30)

        other = threading.Thread(target=hold)
        other.start()
        assert inside.wait(30)
        with cpu.guard():
            pass
        assert blas.get() == 1
        leave.set()
        other.join()
        assert blas.get() == before

    def test_errors_release_too(self):
        blas, cpu = threads.openblas(), get_device("cpu")
        before = blas and blas.get()
        with pytest.raises(KeyError), cpu.guard():
            raise KeyError
        assert (blas and blas.get()) == before

    def test_plans_bind_again(self, default_threads):
        with symbolic_scope():
            x = placeholder((128, 128), "float32")
            function = Function([x], [ops.matmul(x, x)])
        a = np.random.default_rng(0).uniform(size=(128, 128)).astype("float32")
        with device("cpu"):
            first = function(a)[0]
            config.set_num_threads(1)
            np.testing.assert_allclose(function(a)[0], first, rtol=1e-5)
            again = function(a)[0]
            np.testing.assert_array_equal(function(a)[0], again)


FORKED = """
import os, numpy as np, kerasish
from kerasish.backend import ops
from kerasish.backend.devices import current_device
model = kerasish.Sequential([kerasish.Input((8, 8, 3)), kerasish.layers.Conv2D(8, 3),
                             kerasish.layers.Flatten(), kerasish.layers.Dense(4)])
model.compile("sgd", "mse")
x, y = np.ones((64, 8, 8, 3), "float32"), np.ones((64, 4), "float32")
model.fit(x, y, verbose=0)
expected = model.predict(x, verbose=0)
before = current_device().name
child = os.fork()
if not child:
    got = model.predict(x, verbose=0)
    model.fit(x, y, verbose=0)
    right = np.allclose(got, expected, atol=1e-5)
    os._exit(0 if right and current_device().name == "numpy" else 1)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
again = np.array_equal(model.predict(x, verbose=0), expected)
print(status, again, current_device().name == before)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.parametrize("chosen", ["cpu", "numpy"])
def test_forked_child_goes_on_with_numpy(chosen):
    assert run(FORKED, KERASISH_BACKEND=chosen) == "0 True True"


class TestLibraries:
    show = "import kerasish; kerasish.config.show()"
    product = (
        "import numpy as np; from kerasish.backend import ops;"
        "a = np.ones((128, 128), 'float32');"
        "print(float(ops.matmul(a, a).numpy()[0, 0]),"
        " __import__('kerasish').config.backend())"
    )

    def test_off(self):
        text = run(self.show, KERASISH_ONEDNN="off")
        assert "oneDNN: absent: switched off by KERASISH_ONEDNN=off" in text

    def test_file_that_does_not_load(self, tmp_path):
        wrong = tmp_path / "libdnnl.so.3"
        wrong.write_bytes(b"nothing")
        text = run(self.show, KERASISH_ONEDNN=str(wrong))
        assert "oneDNN: absent" in text and str(wrong) in text

    def test_file_that_is_another_library(self):
        blas = sorted(Path(np.__file__).parents[1].glob("numpy.libs/*blas*"))
        if not blas:
            pytest.skip("there is no other library at hand")
        text = run(self.show, KERASISH_ONEDNN=str(blas[0]))
        assert "oneDNN: absent" in text and "dnnl_version" in text

    @pytest.mark.parametrize("chosen", ["cpu", "numpy"])
    def test_everything_works_without(self, chosen):
        text = run(self.product, KERASISH_ONEDNN="off", KERASISH_BACKEND=chosen)
        assert text == f"128.0 {chosen}"

    @needs_onednn
    def test_default_device(self):
        text = run(self.product, KERASISH_BACKEND="")
        assert text == "128.0 cpu"

    @needs_onednn
    def test_nothing_is_loaded_at_import(self):
        code = (
            "import sys, kerasish, kerasish.backend.ops;"
            "print('kerasish.backend.devices.cpu.libraries' in sys.modules)"
        )
        assert run(code) == "False"
