"""Times the heavy kernels of a GPU, forward and with gradients, beside other libraries.

    python benchmarks/gpu.py [--device cupy:0] [--only conv lstm] [--tf32] [--quick]

Each kernel runs on arrays that stay on the device. Printed are its time, the TFLOP/s
and GB/s that this means, what share they are of the best that this GPU was seen to
reach (a large product of matrices in the same type, a large copy), and the times of
PyTorch and JAX where they can be imported and see a GPU. GB/s counts each input and
result once. All multiply float32 in full, or all round as `--tf32` says.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import kerasish as keras
from kerasish.backend.autodiff import gradients
from kerasish.backend.devices import current_device
from kerasish.backend.graph import Tensor, as_tensor, placeholder, symbolic_scope
from kerasish.backend.ops.recurrent import gru_sequence, lstm_sequence
from kerasish.backend.plan import Function

ops = keras.ops
ROUNDS = 5


class Case(NamedTuple):
    """A kernel.

    Attributes:
        shapes: The shapes of its float inputs.
        own: The function of them in kerasish; the others likewise, or `None`.
        flops: Floating-point operations of the forward pass, 0 where memory decides.
        dtype: Of its inputs.
    """

    shapes: tuple
    own: Callable
    torch: Callable | None = None
    jax: Callable | None = None
    flops: int = 0
    dtype: str = "float32"


def _conv(x, w):
    return ops.conv(x, w, padding="same")


def _torch_conv(torch, x, w):
    y = torch.nn.functional.conv2d(
        x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1), padding="same"
    )
    return y.permute(0, 2, 3, 1)


def _jax_conv(jax, x, w):
    layout = ("NHWC", "HWIO", "NHWC")
    return jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=layout)


def _torch_depthwise(torch, x, w):
    kernel = w.permute(2, 3, 0, 1)
    x = x.permute(0, 3, 1, 2)
    y = torch.nn.functional.conv2d(x, kernel, padding="same", groups=x.shape[1])
    return y.permute(0, 2, 3, 1)


def _lstm(x, w, u, b):
    start = ops.zeros((x.shape[0], u.shape[0]))
    return lstm_sequence(x, start, start, w, u, b)[1]


def _torch_lstm(torch, x, w, u, b):
    start = x.new_zeros((1, x.shape[0], u.shape[0]))
    weights = [w.T.contiguous(), u.T.contiguous(), b, torch.zeros_like(b)]
    options = True, 1, 0.0, True, False, True
    return torch.lstm(x, (start, start), weights, *options)[0]


def _gru(x, w, u, b):
    return gru_sequence(x, ops.zeros((x.shape[0], u.shape[0])), w, u, b)[1]


def _crossentropy(x):
    labels = ops.cast(ops.arange(x.shape[0]) % x.shape[1], "int32")
    return ops.sparse_categorical_crossentropy(labels, x, from_logits=True)


def _torch_crossentropy(torch, x):
    labels = torch.arange(x.shape[0], device=x.device) % x.shape[1]
    return torch.nn.functional.cross_entropy(x, labels, reduction="none")


def _embedding(table):
    rows = ops.cast(ops.arange(1 << 18) * 7919 % table.shape[0], "int32")
    return ops.take(table, rows, axis=0)


def _torch_embedding(torch, table):
    rows = torch.arange(1 << 18, device=table.device) * 7919 % table.shape[0]
    return table[rows]


def _batch_norm(x, gamma, beta):
    mean, variance = ops.moments(x, axes=(0, 1, 2))
    return ops.batch_normalization(x, mean, variance, -1, beta, gamma)


def _torch_batch_norm(torch, x, gamma, beta):
    normalise, x = torch.nn.functional.batch_norm, x.permute(0, 3, 1, 2)
    y = normalise(x, None, None, gamma, beta, training=True, eps=1e-3)
    return y.permute(0, 2, 3, 1)


def _torch_pool(kind):
    def pool(torch, x):
        function = getattr(torch.nn.functional, f"{kind}_pool2d")
        return function(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)

    return pool


def cases(scale: int) -> dict[str, Case]:
    """The kernels; sizes are divided by `scale`."""
    side, batch = 4096 // scale, max(128 // scale, 1)
    image, deep = (batch, 56, 56, 64), (batch, 14, 14, 256)
    product = {
        "own": ops.matmul,
        "torch": lambda torch, a, b: a @ b,
        "jax": lambda jax, a, b: a @ b,
        "flops": 2 * side**3,
    }
    convolution = {"own": _conv, "torch": _torch_conv, "jax": _jax_conv}
    rows = (side, side)
    return {
        "matmul float32": Case((rows, rows), **product),
        "matmul float16": Case((rows, rows), **product, dtype="float16"),
        **{
            f"conv {size}x{size}, {kernel[2]} to {kernel[3]} channels {dtype}": Case(
                (shape, kernel),
                **convolution,
                flops=2 * math.prod(shape) * math.prod(kernel) // shape[-1],
                dtype=dtype,
            )
            for shape, size, filters in ((image, 3, 64), (deep, 3, 256), (deep, 1, 256))
            for kernel in ((size, size, shape[-1], filters),)
            for dtype in ("float32", "float16")
        },
        "depthwise conv 3x3": Case(
            (image, (3, 3, 64, 1)),
            lambda x, w: ops.depthwise_conv(x, w, padding="same"),
            _torch_depthwise,
        ),
        "max_pool 2x2": Case(
            (image,), lambda x: ops.max_pool(x, 2), _torch_pool("max")
        ),
        "average_pool 2x2": Case(
            (image,), lambda x: ops.average_pool(x, 2), _torch_pool("avg")
        ),
        "batch normalization": Case(
            (image, (64,), (64,)), _batch_norm, _torch_batch_norm
        ),
        "layer normalization": Case(
            (rows, (side,), (side,)),
            lambda x, g, b: ops.layer_normalization(x, g, b, epsilon=1e-3),
            lambda torch, x, g, b: torch.nn.functional.layer_norm(
                x, x.shape[1:], g, b, 1e-3
            ),
        ),
        "softmax crossentropy": Case((rows,), _crossentropy, _torch_crossentropy),
        "elementwise": Case(
            (rows, rows),
            lambda x, y: ops.tanh(x * y + 1.0) * ops.sigmoid(x),
            lambda torch, x, y: torch.tanh(x * y + 1.0) * torch.sigmoid(x),
            lambda jax, x, y: jax.numpy.tanh(x * y + 1.0) * jax.nn.sigmoid(x),
        ),
        "sum of an axis": Case(
            (rows,),
            lambda x: ops.sum(x, axis=0),
            lambda torch, x: x.sum(0),
            lambda jax, x: x.sum(0),
        ),
        "embedding": Case(((1 << 15, 256 // scale),), _embedding, _torch_embedding),
        "dropout": Case(
            (rows,),
            lambda x: keras.random.dropout(x, 0.5, seed=1),
            lambda torch, x: torch.nn.functional.dropout(x, 0.5),
        ),
        "lstm, 64 steps": Case(
            ((batch, 64, 128), (128, 512), (128, 512), (512,)),
            _lstm,
            _torch_lstm,
            flops=2 * batch * 64 * (128 + 128) * 512,
        ),
        "gru, 64 steps": Case(
            ((batch, 64, 128), (128, 384), (128, 384), (2, 384)),
            _gru,
            flops=2 * batch * 64 * (128 + 128) * 384,
        ),
    }


def seconds(run: Callable[[], Any], wait: Callable[[], Any], least: float) -> float:
    """The least time of one call, over as many calls as fill `least` seconds."""
    for _ in range(3):
        run()
    calls, best = 1, math.inf
    while True:
        wait()
        start = time.perf_counter()
        for _ in range(calls):
            run()
        wait()
        passed = time.perf_counter() - start
        if passed >= least:
            break
        calls *= 2
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(calls):
            run()
        wait()
        best = min(best, (time.perf_counter() - start) / calls)
    return best


def inputs(case: Case) -> list[np.ndarray]:
    """Noise of a fixed seed."""
    draw = np.random.default_rng(0)
    return [
        draw.uniform(-0.1, 0.1, shape).astype(case.dtype) for shape in case.shapes
    ]


def kerasish_run(case: Case, train: bool) -> Callable[[], Any]:
    """The kernel in kerasish, on Variables; its results stay on the device."""
    variables = [keras.Variable(array) for array in inputs(case)]
    leaves = [variable.leaf for variable in variables]
    with symbolic_scope():
        result = as_tensor(case.own(*leaves))
        found = gradients([result], leaves) if train else [result]
        # Small results: what counts is the kernel, not the copies of what it gives.
        reduced = [ops.sum(tensor) if train else _corner(tensor) for tensor in found]
    return Function([], reduced).on_device


def _corner(tensor: Tensor) -> Tensor:
    return ops.reshape(tensor, (-1,))[:1] if tensor.ndim else tensor


def torch_run(case: Case, train: bool) -> tuple[Callable, Callable] | None:
    """The kernel in PyTorch, and what waits for it; `None` where it cannot run."""
    try:
        import torch
    except ImportError:
        return None
    if case.torch is None or not torch.cuda.is_available():
        return None
    rounded = keras.config.is_tf32_enabled()
    torch.backends.cudnn.allow_tf32 = rounded
    torch.backends.cuda.matmul.allow_tf32 = rounded
    tensors = [
        torch.from_numpy(array).cuda().requires_grad_(train) for array in inputs(case)
    ]

    def run() -> Any:
        result = case.torch(torch, *tensors)
        return torch.autograd.grad(result.sum(), tensors) if train else result

    return run, torch.cuda.synchronize


def jax_run(case: Case, train: bool) -> tuple[Callable, Callable] | None:
    """The kernel in JAX, and what waits for it; `None` where it cannot run."""
    try:
        import jax
    except ImportError:
        return None
    if case.jax is None or jax.default_backend() != "gpu":
        return None
    precision = "tensorfloat32" if keras.config.is_tf32_enabled() else "highest"
    jax.config.update("jax_default_matmul_precision", precision)
    arrays = [jax.numpy.asarray(array) for array in inputs(case)]

    def forward(*given: Any) -> Any:
        return case.jax(jax, *given)

    def total(*given: Any) -> Any:
        return forward(*given).sum()

    everything = tuple(range(len(arrays)))
    compiled = jax.jit(jax.grad(total, everything) if train else forward)
    last: list = []

    def run() -> Any:
        last[:] = [compiled(*arrays)]

    return run, lambda: jax.block_until_ready(last)


def peaks(scale: int, least: float) -> tuple[dict[str, float], float]:
    """The best FLOP/s of each float type, and the best bytes a second."""
    device, side = current_device(), 8192 // scale
    best = {}
    for dtype in ("float32", "float16"):
        case = Case(((side, side),) * 2, ops.matmul, dtype=dtype)
        passed = seconds(kerasish_run(case, False), device.synchronise, least)
        best[dtype] = 2 * side**3 / passed
    count = (1 << 28) // scale**2
    with device.guard():
        source = device.xp.zeros(count, "float32")
        target = device.xp.empty_like(source)

    def copy() -> None:
        with device.guard():
            device.xp.copyto(target, source)

    return best, 8 * count / seconds(copy, device.synchronise, least)


def row(name: str, case: Case, train: bool, best: tuple, least: float) -> str:
    """Measure one kernel and describe it."""
    own = seconds(kerasish_run(case, train), current_device().synchronise, least)
    x = placeholder(case.shapes[0], case.dtype)
    with symbolic_scope():
        rest = [placeholder(shape, case.dtype) for shape in case.shapes[1:]]
        result = as_tensor(case.own(x, *rest))
    count = sum(map(math.prod, case.shapes)) + math.prod(result.shape)
    passes = 3 if train else 1
    rate = passes * case.flops / own
    width = passes * count * np.dtype(case.dtype).itemsize / own
    cells = [f"{own * 1e6:.1f}"]
    cells += [f"{rate / 1e12:.2f}", f"{rate / best[0][case.dtype]:.0%}"]
    cells += [f"{width / 1e9:.0f}", f"{width / best[1]:.0%}"]
    for peer in (torch_run(case, train), jax_run(case, train)):
        cells.append(f"{seconds(*peer, least) * 1e6:.1f}" if peer else "-")
    label = f"{name}{' + gradients' if train else ''}"
    return f"{label:<48}" + "".join(f"{cell:>10}" for cell in cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cupy")
    parser.add_argument("--only", nargs="+", help="parts of names of kernels")
    parser.add_argument("--tf32", action="store_true", help="round products")
    parser.add_argument("--quick", action="store_true", help="small sizes, short times")
    options = parser.parse_args()
    scale, least = (16, 0.001) if options.quick else (1, 0.2)
    keras.config.set_backend(options.device)
    if options.tf32:
        keras.config.enable_tf32()
    best = peaks(scale, least)
    print(
        f"{current_device().name}: at best {best[0]['float32'] / 1e12:.2f} TFLOP/s in "
        f"float32, {best[0]['float16'] / 1e12:.2f} in float16, {best[1] / 1e9:.0f} GB/s"
    )
    heads = ("us", "TFLOP/s", "share", "GB/s", "share", "torch us", "jax us")
    print(f"{'kernel':<48}" + "".join(f"{head:>10}" for head in heads))
    for name, case in cases(scale).items():
        if options.only and not any(part in name for part in options.only):
            continue
        for train in (False, True):
            print(row(name, case, train, best, least), flush=True)


if __name__ == "__main__":
    main()
