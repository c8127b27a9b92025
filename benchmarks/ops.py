"""Times ops inside a compiled function beside the direct NumPy expression.

    python benchmarks/ops.py [--sizes 1000 1000000] [--only softmax conv]

Each op runs on several Variables of one compiled function, so that neither the copies
of inputs nor the call of the function count. Printed are the time of NumPy, that of
the op, and the ratio of the two: the median of interleaved runs.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable

import numpy as np

import kerasish as keras
from kerasish.backend.plan import Function

COPIES = 8
UNARY = (
    "absolute arccos arcsin arcsinh arctan arctanh ceil cos cosh exp expm1 floor "
    "isfinite isnan log log10 log1p log2 logical_not negative reciprocal rint sign sin "
    "sinh sqrt square tan tanh sum mean max min prod std var argmax argmin cumsum "
    "sort argsort abs all any average cbrt conj count_nonzero cumprod deg2rad diff "
    "exp2 fabs isinf median nan_to_num nansum ptp rad2deg sinc signbit trunc trapezoid "
    "corrcoef tril trace unique nanmax nanmean i0"
).split()
BINARY = (
    "add subtract multiply divide maximum minimum power arctan2 equal greater less "
    "floor_divide logical_and logical_or mod hypot logaddexp fmax fmod not_equal "
    "isclose inner vdot tensordot heaviside nextafter"
).split()
# On stacks of matrices of ten rows.
MATRICES = "cholesky det eigh inv norm pinv qr slogdet solve svd".split()


def _softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _logsumexp(x):
    largest = x.max(axis=-1, keepdims=True)
    return np.log(np.exp(x - largest).sum(axis=-1)) + largest[:, 0]


def _one_hot(x):
    return np.eye(64, dtype="float32")[(x * 64).astype("int32")]


def _normalized(x):
    mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-3)


def _top_k(x):
    order = np.argsort(-x, axis=-1, kind="stable")[:, :4]
    return np.take_along_axis(x, order, -1), order


def _matrix_cases() -> dict[str, Case]:
    made = {}
    for name in MATRICES:
        own, direct = getattr(keras.ops, name), getattr(np.linalg, name)
        options = {"norm": {"axis": (1, 2)}}.get(name, {})
        made[f"{name} of matrices"] = (
            lambda x, own=own, options=options: own(
                *_given(keras.ops, x, own), **options
            ),
            lambda x, f=direct, own=own, options=options: f(
                *_given(np, x, own), **options
            ),
            1,
        )
    return made


def _given(module, x, own):
    size = math.prod(x.shape) // 100 * 100
    x = module.reshape(module.reshape(x, (-1,))[:size], (-1, 10, 10))
    x = x + module.transpose(x, (0, 2, 1)) + 20 * np.eye(10, dtype="float32")
    return (x, x[..., :3]) if own is keras.ops.solve else (x,)


Case = tuple[Callable, Callable, int]


def cases() -> dict[str, Case]:
    """The ops: a function of kerasish, one of NumPy, and the number of inputs."""
    ops = keras.ops
    found: dict[str, Case] = {}
    for name in UNARY:
        own = getattr(ops, {"rint": "round"}.get(name, name))
        found[name] = (own, getattr(np, name), 1)
    for name in BINARY:
        found[name] = (getattr(ops, name), getattr(np, name), 2)
    found |= {
        "clip": (lambda x: ops.clip(x, 0.2, 0.8), lambda x: np.clip(x, 0.2, 0.8), 1),
        "where": (
            lambda x, y: ops.where(x > y, x, y),
            lambda x, y: np.where(x > y, x, y),
            2,
        ),
        "cast": (lambda x: ops.cast(x, "int32"), lambda x: x.astype("int32"), 1),
        "relu": (ops.relu, lambda x: np.maximum(x, 0), 1),
        "sigmoid": (ops.sigmoid, lambda x: 1 / (1 + np.exp(-x)), 1),
        "softplus": (ops.softplus, lambda x: np.logaddexp(x, 0), 1),
        "gelu": (
            lambda x: ops.gelu(x, approximate=True),
            lambda x: 0.5 * x * (1 + np.tanh(0.79788456 * (x + 0.044715 * x**3))),
            1,
        ),
        "softmax": (ops.softmax, _softmax, 1),
        "layer_normalization": (ops.layer_normalization, _normalized, 1),
        "sum of an axis": (lambda x: ops.sum(x, axis=0), lambda x: x.sum(axis=0), 1),
        "mean of an axis": (lambda x: ops.mean(x, -1), lambda x: x.mean(-1), 1),
        "logsumexp": (
            lambda x: ops.logsumexp(x, axis=-1),
            _logsumexp,
            1,
        ),
        "transpose": (ops.transpose, lambda x: np.ascontiguousarray(x.T), 1),
        "concatenate": (
            lambda x, y: ops.concatenate([x, y], axis=-1),
            lambda x, y: np.concatenate([x, y], axis=-1),
            2,
        ),
        "stack": (lambda x, y: ops.stack([x, y]), lambda x, y: np.stack([x, y]), 2),
        "pad": (
            lambda x: ops.pad(x, ((1, 1), (1, 1))),
            lambda x: np.pad(x, ((1, 1), (1, 1))),
            1,
        ),
        "flip": (lambda x: ops.flip(x, 1), lambda x: np.flip(x, 1).copy(), 1),
        "roll": (lambda x: ops.roll(x, 3, 0), lambda x: np.roll(x, 3, 0), 1),
        "tile": (lambda x: ops.tile(x, (2, 1)), lambda x: np.tile(x, (2, 1)), 1),
        "repeat": (lambda x: ops.repeat(x, 2, 0), lambda x: np.repeat(x, 2, 0), 1),
        "slice": (lambda x: x[1:, ::2] * 1.0, lambda x: x[1:, ::2] * 1.0, 1),
        "take": (
            lambda x: ops.take(x, [0, 3, 1, 2] * 4, axis=0),
            lambda x: np.take(x, [0, 3, 1, 2] * 4, axis=0),
            1,
        ),
        "one_hot": (
            lambda x: ops.one_hot(ops.cast(x[:, 0] * 64, "int32"), 64),
            lambda x: _one_hot(x[:, 0]),
            1,
        ),
        "top_k": (
            lambda x: ops.top_k(x, 4),
            _top_k,
            1,
        ),
        "matmul": (
            lambda x, y: ops.matmul(x, ops.transpose(y)),
            lambda x, y: x @ y.T,
            2,
        ),
        "norm": (ops.norm, np.linalg.norm, 1),
        "norm of order 1": (
            lambda x: ops.norm(x, 1, axis=-1),
            lambda x: np.linalg.norm(x, 1, axis=-1),
            1,
        ),
        "histogram": (
            lambda x: ops.histogram(ops.ravel(x), 20)[0],
            lambda x: np.histogram(x, 20)[0],
            1,
        ),
        "bincount": (
            lambda x: ops.bincount(ops.ravel(ops.cast(x * 64, "int32")), minlength=64),
            lambda x: np.bincount((x * 64).astype("int32").ravel(), minlength=64),
            1,
        ),
        "quantile": (
            lambda x: ops.quantile(x, 0.3, axis=-1),
            lambda x: np.quantile(x, 0.3, axis=-1),
            1,
        ),
        "searchsorted": (
            lambda x: ops.searchsorted(ops.linspace(0.0, 1.0, 64), ops.ravel(x)),
            lambda x: np.searchsorted(np.linspace(0, 1, 64, dtype="f"), x.ravel()),
            1,
        ),
        "digitize": (
            lambda x: ops.digitize(x, np.linspace(0, 1, 64, dtype="float32")),
            lambda x: np.digitize(x, np.linspace(0, 1, 64, dtype="float32")),
            1,
        ),
        "rfft": (lambda x: ops.rfft(x)[0], lambda x: np.fft.rfft(x).real, 1),
        "expand_dims": (
            lambda x: ops.expand_dims(x, 0) * 1.0,
            lambda x: x[None] * np.float32(1.0),
            1,
        ),
        "einsum": (
            lambda x, y: ops.einsum("ij,ij->i", x, y),
            lambda x, y: np.einsum("ij,ij->i", x, y),
            2,
        ),
    }
    return found | _matrix_cases()


def _seconds(function: Callable, least: float = 0.01) -> float:
    """The time of one call, over as many calls as fill `least` seconds."""
    calls = 1
    while True:
        start = time.perf_counter()
        for _ in range(calls):
            function()
        passed = time.perf_counter() - start
        if passed > least:
            return passed / calls
        calls = max(calls * 2, int(calls * 1.2 * least / max(passed, 1e-9)))


def measure(case: Case, size: int, repeats: int = 5) -> tuple[float, float, float]:
    """Return the seconds of NumPy and of the op, and the median ratio of them."""
    own, direct, count = case
    rows = max(1, math.isqrt(size))
    rng = np.random.default_rng(0)
    arrays = [
        [rng.uniform(0.1, 0.9, (rows, rows)).astype("float32") for _ in range(count)]
        for _ in range(COPIES)
    ]
    variables = [[keras.Variable(array) for array in group] for group in arrays]
    tensors = [[variable.leaf for variable in group] for group in variables]
    results = [own(*group) for group in tensors]
    compiled = Function([], keras.tree.flatten(results))
    empty = _seconds(Function([], [keras.Variable(0.0).leaf]).on_device)
    times, ratios = [], []
    for _ in range(repeats):
        reference = _seconds(lambda: [direct(*group) for group in arrays]) / COPIES
        mine = max(_seconds(compiled.on_device) - empty, 1e-9) / COPIES
        times.append((reference, mine))
        ratios.append(mine / reference)
    reference, mine = (statistics.median(column) for column in zip(*times))
    return reference, mine, statistics.median(ratios)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 1000000])
    parser.add_argument("--only", nargs="+", default=None)
    options = parser.parse_args()
    print(f"device: {keras.config.backend()}")
    print(f"{'op':<22}{'size':>9}{'NumPy us':>11}{'op us':>11}{'ratio':>8}")
    for name, case in cases().items():
        if options.only and name not in options.only:
            continue
        for size in options.sizes:
            reference, mine, ratio = measure(case, size)
            print(
                f"{name:<22}{size:>9}{reference * 1e6:>11.2f}{mine * 1e6:>11.2f}"
                f"{ratio:>8.2f}{'  *' if ratio > 3.0 else ''}"
            )


if __name__ == "__main__":
    main()
