"""CUDA functions of this package: declared with their variants, compiled when needed.

A source stands by itself: it includes no header, and `cuda_text.PREAMBLE` in front of
it defines the types under the names of the data types (`float16`, `int64`, ...). So
NVRTC compiles it without a toolkit, and tests compile it for the host. Arithmetic
happens in the type `Compute<T>::type`, which is `float` for 16-bit floats: `widen(x)`
goes there, `narrow<T>(v)` comes back.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np

from kerasish.backend.devices.base import device_kernel
from kerasish.backend.devices.cupy.cuda_text import PREAMBLE
from kerasish.backend.devices.cupy.rooms import memory_apart

SHORT_FLOATS = ("float16", "bfloat16")
FLOATS = (*SHORT_FLOATS, "float32", "float64")
INDICES = ("int32", "int64")
OPTIONS = ("--std=c++17",)
# The most threads of a block that every GPU has room for, whatever a function needs.
THREADS = 256

# Left to itself the compiler spills a few registers, so that more blocks fit.
_BOUNDS = "__launch_bounds__(THREADS)"
_ROOMY_BOUNDS = "__launch_bounds__(THREADS, 1024 / THREADS)"

Variant = Mapping[str, "str | int"]
_functions: list[CudaFunction] = []


def compute_type(dtype: str) -> str:
    """Return the type in which values of a data type are held.

    Example:

    >>> compute_type("float16"), compute_type("int32")
    ('float32', 'int32')
    """
    return "float32" if dtype in SHORT_FLOATS else dtype


class CudaFunction:
    """A CUDA function with the variants in which it may be compiled.

    Args:
        name: The name of the function, `extern "C" __global__` in the source.
        source: CUDA C++ behind `PREAMBLE`. `THREADS` is the number of threads of a
            block, for `__launch_bounds__(THREADS)`; that leaves 64 registers for each.
        variants: What the source leaves open: each a mapping from the names of types
            to data types, and from the names of constants to numbers.
        threads: The number of threads of a block.
        hot: Whether much time is spent here; then no variant may spill registers, but
            for those of `float64`.

    Example:

    >>> twice = CudaFunction("twice", "...", variants=each(T=FLOATS))
    >>> len(twice.variants)
    4
    """

    def __init__(
        self,
        name: str,
        source: str,
        variants: Sequence[Variant] = ({},),
        threads: int = THREADS,
        hot: bool = False,
    ) -> None:
        self.name, self.source, self.variants = name, source, tuple(variants)
        self.threads, self.hot = threads, hot

    def text(self, variant: Variant) -> str:
        """Return the whole source of a variant."""
        lines = [PREAMBLE, f"#define THREADS {self.threads}"]
        for name, value in variant.items():
            if isinstance(value, str):
                lines.append(f"typedef {value} {name};")
            else:
                lines.append(f"#define {name} {int(value)}")
        return "\n".join([*lines, self.source.replace(_BOUNDS, _ROOMY_BOUNDS)])

    def bind(
        self,
        xp: Any,
        variant: Variant,
        grid: int | tuple[int, ...],
        arguments: Sequence[Any],
        shared: int = 0,
    ) -> Callable[[], None]:
        """Return the call that launches a variant on arrays that keep their memory.

        Args:
            xp: CuPy.
            variant: One of `variants`.
            grid: The number of blocks, on up to three axes.
            arguments: Arrays and numbers: an `int` is an `int64` there, a `float` a
                `float64`, and NumPy scalars are what they are.
            shared: Bytes of shared memory beyond what the source declares.
        """
        function = _compiled(xp, self, tuple(variant.items()))
        blocks = (grid,) if isinstance(grid, int) else tuple(grid)
        given = tuple(_argument(value) for value in arguments)
        return partial(function, blocks, (self.threads,), given, shared_mem=shared)


@lru_cache(maxsize=4096)
def _compiled(xp: Any, function: CudaFunction, variant: tuple) -> Any:
    """The function of CuPy, which compiles it once for each device that needs it."""
    return xp.RawKernel(function.text(dict(variant)), function.name, OPTIONS)


def _argument(value: Any) -> Any:
    if isinstance(value, (bool, np.bool_)):
        raise TypeError("CUDA functions take flags as integers.")
    if isinstance(value, int):
        return np.int64(value)
    return np.float64(value) if type(value) is float else value


def each(**choices: Sequence[str | int]) -> list[dict[str, str | int]]:
    """Return the variants of all combinations.

    Example:

    >>> each(T=("float32",), WIDTH=(1, 4))
    [{'T': 'float32', 'WIDTH': 1}, {'T': 'float32', 'WIDTH': 4}]
    """
    return [dict(zip(choices, row)) for row in itertools.product(*choices.values())]


def cuda_function(
    name: str,
    source: str,
    variants: Sequence[Variant] = ({},),
    threads: int = THREADS,
    hot: bool = False,
) -> CudaFunction:
    """Declare a CUDA function, so that tests find it; see `CudaFunction`."""
    function = CudaFunction(name, source, variants, threads, hot)
    _functions.append(function)
    return function


def every_function() -> tuple[CudaFunction, ...]:
    """Return all that was declared so far; generated functions are not among them."""
    return tuple(_functions)


def blocks(count: int, threads: int = THREADS, most: int = 1 << 16) -> int:
    """Return how many blocks are enough for `count` threads, up to a limit.

    Example:

    >>> blocks(1000), blocks(1 << 40)
    (4, 65536)
    """
    return max(1, min(-(-count // threads), most))


def aligned(arrays: Sequence[Any], width: int) -> bool:
    """Tell whether packs of `width` elements of all arrays can be loaded at once."""
    return all(array.data.ptr % (width * array.itemsize) == 0 for array in arrays)


Results = Callable[[tuple, dict], "list[tuple[tuple[int, ...], Any]]"]
Bind = Callable[[Any, tuple, tuple, dict], "Callable[[], Any] | None"]


def cuda_kernel(
    op_name: str,
    results: Results,
    accepts: Callable[[tuple, dict], bool] | None = None,
) -> Callable[[Bind], Bind]:
    """Register a kernel of the device that is written as a binding.

    Args:
        op_name: The name of the op.
        results: A function of the input arrays and the attributes that returns the
            shape and the data type of each result.
        accepts: See `device_kernel`.

    Returns:
        A decorator for `bind(xp, arrays, outs, attrs)`, which returns the call that
        fills the contiguous arrays `outs`.
    """

    def decorate(bind: Bind) -> Bind:
        def kernel(xp: Any, *arrays: Any, out: Any = None, **attrs: Any) -> Any:
            outs = tuple(
                xp.empty(shape, dtype) for shape, dtype in results(arrays, attrs)
            )
            with memory_apart():
                bind(xp, arrays, outs, attrs)()
            return outs if len(outs) > 1 else outs[0]

        kernel.bind = bind
        device_kernel("cupy", op_name, accepts)(kernel)
        return bind

    return decorate
