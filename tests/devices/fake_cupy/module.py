"""Arrays and functions of the stand-in for CuPy.

It has only the functions and keywords that both tabled versions of the real CuPy
have. Its arrays refuse implicit conversion to NumPy, and mixing with host arrays and
with arrays of other devices; it counts transfers, synchronisations and allocations.
"""

from __future__ import annotations

import json
import operator
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.devices.fake_cupy import cuda
from tests.devices.fake_cupy.machine import (
    Memory,
    arrays_in,
    counts,
    execute,
    forbid_in_capture,
    machine,
)

_TABLE = json.loads(Path(__file__).parent.with_name("cupy_table.json").read_text())
_VERSIONS = sorted(_TABLE)

_HOST_READERS = {"asarray", "array", "asanyarray", "ascontiguousarray"}
_WRITERS = {"fill", "sort", "partition", "put"}
_TO_HOST = {"item", "tolist", "tobytes"}
# Functions whose result has a size that only the device knows.
_WAITING = {"nonzero", "flatnonzero", "argwhere", "unique", "extract", "compress"}
_OF_CUBLAS = {"matmul", "dot", "tensordot", "inner", "vdot", "einsum", "__matmul__"}
_CONSTANTS = ("pi", "e", "inf", "nan", "newaxis", "dtype", "finfo", "iinfo")
_TYPES = (
    "bool_",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
    "generic",
    "floating",
    "integer",
)
_OPERATORS = (
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
    "lt",
    "le",
    "gt",
    "ge",
    "eq",
    "ne",
)
_UNARY = ("neg", "pos", "abs", "invert")


def _in_all_versions(module: str, name: str) -> bool:
    return all(name in _TABLE[v]["modules"][module] for v in _VERSIONS)


def _keywords(module: str, name: str) -> set[str] | None:
    """The keywords that all versions take; `None` where any is taken."""
    allowed: set[str] | None = None
    for version in _VERSIONS:
        names = _TABLE[version]["modules"][module][name]
        if names is not None:
            allowed = set(names) if allowed is None else allowed & set(names)
    return allowed


def unwrap(value: Any, refuse_host: bool = True) -> Any:
    """Return the host array inside a stand-in array, also inside containers."""
    if isinstance(value, StrictArray):
        return value._array
    if isinstance(value, np.ndarray) and refuse_host:
        raise TypeError("Unsupported type <class 'numpy.ndarray'> beside CuPy arrays")
    if isinstance(value, (list, tuple)):
        return type(value)(unwrap(item, refuse_host) for item in value)
    return value


def _root(array: np.ndarray) -> np.ndarray:
    """The array that a view is a view of."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def wrap(value: Any, given: Any = ()) -> Any:
    """Return a result as stand-in arrays; an `out` argument is handed back itself."""
    operands = arrays_in(given)
    for candidate in operands:
        if candidate._array is value:
            return candidate
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        for candidate in operands:
            if _root(array) is _root(candidate._array):
                return StrictArray(array, candidate._memory)
        return StrictArray(array)
    if isinstance(value, (list, tuple)):
        return tuple(wrap(item, given) for item in value)
    return value


def perform(
    name: str,
    call: Callable[[], Any],
    given: Any,
    written: tuple | list = (),
    across: bool = False,
) -> Any:
    """Run a function of the host on stand-in arrays; its result is wrapped."""
    if name in _WAITING:
        forbid_in_capture(f"{name}, whose result is of unknown size,")
        counts["synchronisations"] += 1
    is_library = name.startswith("cupy.linalg.")
    is_library |= name in _OF_CUBLAS and machine.shared["major"] < 14
    if machine.capture is not None and is_library:
        raise NotImplementedError(
            "calling cuBLAS API during stream capture is currently unsupported"
        )
    operands = arrays_in(given)
    return execute(call, operands, lambda value: wrap(value, given), written,
                   across=across)  # fmt: skip


class StrictArray:
    """An array of the stand-in."""

    __slots__ = ("_array", "_memory", "__weakref__")
    __array_ufunc__ = None
    __hash__ = None

    def __init__(self, array: np.ndarray, memory: Memory | None = None) -> None:
        self._array = array
        if memory is None:
            counts["allocations"] += 1
            memory = Memory(array.nbytes)
        self._memory = memory

    def __getattr__(self, name: str) -> Any:
        if not all(name in _TABLE[v]["array"] for v in _VERSIONS):
            raise AttributeError(f"cupy.ndarray has no attribute {name!r}")
        value = getattr(self._array, name)
        if not callable(value):
            return wrap(value, [self]) if isinstance(value, np.ndarray) else value
        if name in _TO_HOST:
            return lambda *args: self._to_host(lambda array: value(*args))

        def method(*args: Any, **kwargs: Any) -> Any:
            given = [self, *args, *kwargs.values()]
            plain = {key: unwrap(item) for key, item in kwargs.items()}
            host = unwrap(args)
            written = [self] if name in _WRITERS else arrays_in([kwargs.get("out")])
            return perform(name, lambda: value(*host, **plain), given, written,
                           across=name == "copy")  # fmt: skip

        return method

    @property
    def device(self) -> Any:
        return cuda.Device(self._memory.device)

    @property
    def data(self) -> types.SimpleNamespace:
        return types.SimpleNamespace(ptr=self._array.ctypes.data)

    @property
    def __cuda_array_interface__(self) -> dict:
        return self._array.__array_interface__

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def __dlpack__(self, *, stream: Any = None, **kwargs: Any) -> Any:
        return self  # where CuPy has a capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 2, self._memory.device

    def _read(self, call: Callable[[np.ndarray], Any]) -> Any:
        forbid_in_capture("a copy to the host")
        with cuda.Device(self._memory.device):
            return execute(lambda: call(self._array), [self], lambda value: value)

    def get(self, stream: Any = None, order: str = "C", out: Any = None) -> np.ndarray:
        counts["downloads"] += 1
        return self._read(np.ndarray.copy)

    def set(self, arr: np.ndarray, stream: Any = None) -> None:
        forbid_in_capture("a copy from the host")
        counts["uploads"] += 1
        if not isinstance(arr, np.ndarray) or arr.dtype != self._array.dtype:
            raise TypeError("set() takes a NumPy array of the same dtype")
        if stream is None or not cuda.is_pinned(arr):
            counts["synchronisations"] += 1
        host = arr.copy()
        execute(
            lambda: np.copyto(self._array, host),
            [self],
            lambda value: None,
            [self],
            stream,
        )

    def __getitem__(self, key: Any) -> StrictArray:
        plain = unwrap(key)
        return perform("getitem", lambda: self._array[plain], [self, key])

    def __setitem__(self, key: Any, value: Any) -> None:
        plain, new = unwrap(key), unwrap(value)
        call = lambda: self._array.__setitem__(plain, new)  # noqa: E731
        perform("setitem", call, [self, key, value], [self], across=True)

    def __len__(self) -> int:
        return len(self._array)

    def _to_host(self, convert: Callable) -> Any:
        counts["synchronisations"] += 1
        return self._read(convert)

    def __bool__(self) -> bool:
        return self._to_host(bool)

    def __float__(self) -> float:
        return self._to_host(float)

    def __int__(self) -> int:
        return self._to_host(int)

    def __index__(self) -> int:
        return self._to_host(operator.index)

    def __iter__(self) -> Iterator:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"StrictArray({self._array!r})"


def _install_operators() -> None:
    def binary(name: str) -> Callable:
        def method(self: StrictArray, other: Any) -> Any:
            plain = unwrap(other)
            call = lambda: getattr(self._array, name)(plain)  # noqa: E731
            return perform(name, call, [self, other])

        return method

    def inplace(name: str) -> Callable:
        def method(self: StrictArray, other: Any) -> StrictArray:
            plain = unwrap(other)
            call = lambda: getattr(self._array, name)(plain)  # noqa: E731
            perform(name, call, [self, other], [self])
            return self

        return method

    for name in _OPERATORS:
        setattr(StrictArray, f"__{name}__", binary(f"__{name}__"))
        if hasattr(np.ndarray, f"__r{name}__"):
            setattr(StrictArray, f"__r{name}__", binary(f"__r{name}__"))
        if hasattr(np.ndarray, f"__i{name}__"):
            setattr(StrictArray, f"__i{name}__", inplace(f"__i{name}__"))
    for name in _UNARY:
        dunder = f"__{name}__"
        setattr(
            StrictArray,
            dunder,
            lambda self, dunder=dunder: perform(
                dunder, lambda: getattr(self._array, dunder)(), [self]
            ),
        )


_install_operators()


class StrictFunction:
    """A function, or ufunc, of the stand-in."""

    def __init__(self, module: str, name: str, function: Callable) -> None:
        self.name = f"{module}.{name}"
        self.short = name if module == "cupy" else self.name
        self.function = function
        self.keywords = _keywords(module, name)
        self.reads_host = name in _HOST_READERS
        self.across = self.reads_host or name == "copyto"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.keywords is not None and not set(kwargs) <= self.keywords:
            extra = sorted(set(kwargs) - self.keywords)
            raise TypeError(f"{self.name} has no keyword {extra}")
        if self.reads_host:
            kwargs.pop("blocking", None)
            if args and not isinstance(args[0], StrictArray):
                forbid_in_capture("a copy from the host")
            if args and isinstance(args[0], np.ndarray):
                counts["uploads"] += 1
                args = (args[0].copy(), *args[1:])
            elif args and isinstance(args[0], StrictArray):
                args = (_brought_here(args[0]), *args[1:])
        refuse = not self.reads_host
        plain = {key: unwrap(value, refuse) for key, value in kwargs.items()}
        host = unwrap(args, refuse)
        written = args[:1] if self.short == "copyto" else [kwargs.get("out")]
        call = lambda: self.function(*host, **plain)  # noqa: E731
        given = [*args, *kwargs.values()]
        return perform(self.short, call, given, arrays_in(written), self.across)

    def __getattr__(self, name: str) -> Callable:
        if not all(name in _TABLE[v]["ufunc_methods"] for v in _VERSIONS):
            raise AttributeError(f"{self.name} has no method {name!r}")
        method = getattr(self.function, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            plain = {key: unwrap(value) for key, value in kwargs.items()}
            host = unwrap(args)
            given = [*args, *kwargs.values()]
            written = arrays_in(args[:1] if name == "at" else [kwargs.get("out")])
            return perform(name, lambda: method(*host, **plain), given, written)

        return call


def _brought_here(array: StrictArray) -> StrictArray:
    """The array itself, or its copy on the current device."""
    return array if array._memory.device == machine.device else array.copy()


class _Module(types.ModuleType):
    """A module of the stand-in; its functions are those of a host module."""

    def __init__(self, name: str, host: Any) -> None:
        super().__init__(name)
        self._host = host

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in _CONSTANTS or name in _TYPES:
            return getattr(self._host, name)
        if not _in_all_versions(self.__name__, name):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = StrictFunction(self.__name__, name, getattr(self._host, name))
        setattr(self, name, value)
        return value


def make_cupy(version: str = _VERSIONS[-1], devices: int = 2) -> dict:
    """Return the modules of the stand-in, to be put into `sys.modules`.

    Args:
        version: The major version that it behaves like where they differ.
        devices: The number of GPUs.
    """
    import scipy.special

    from tests.devices.fake_cupy import kernels

    cupy = _Module("cupy", np)
    machine.reset(devices, int(version))
    cupy.__version__ = _TABLE[version]["version"]
    cupy.ndarray = StrictArray
    cupy.RawKernel = kernels.RawKernel
    cupy.asnumpy = lambda array: array.get()
    cupy.linalg = _Module("cupy.linalg", np.linalg)
    cupy.fft = _Module("cupy.fft", np.fft)
    lib = types.ModuleType("cupy.lib")
    lib.stride_tricks = _Module("cupy.lib.stride_tricks", np.lib.stride_tricks)
    cupy.lib = lib
    cupy.from_dlpack = _from_dlpack
    cupy.get_default_memory_pool = cuda.get_default_memory_pool
    cupy.get_default_pinned_memory_pool = cuda.PinnedMemoryPool
    cupy.cuda = cuda.make_cuda()
    cupy._core = types.SimpleNamespace(_routines_linalg=kernels.Products())
    special = _Module("cupyx.scipy.special", scipy.special)
    scipy_module = types.ModuleType("cupyx.scipy")
    scipy_module.special = special
    cupyx = types.ModuleType("cupyx")
    cupyx.scipy = scipy_module
    return {
        "cupy": cupy,
        "cupy.linalg": cupy.linalg,
        "cupy.fft": cupy.fft,
        "cupy.lib": lib,
        "cupy.lib.stride_tricks": lib.stride_tricks,
        "cupyx": cupyx,
        "cupyx.scipy": scipy_module,
        "cupyx.scipy.special": special,
    }


def _from_dlpack(array: Any) -> StrictArray:
    if array.__dlpack_device__()[0] != 2:
        raise BufferError("CPU arrays cannot be directly imported to CuPy.")
    found = array.__dlpack__()
    return StrictArray(found._array, found._memory)
