"""A strict stand-in for CuPy whose arrays live on the CPU.

It has only the functions and keywords that both tabled versions of the real CuPy
have. Its arrays refuse implicit conversion to NumPy and mixing with host arrays, and it
counts transfers and synchronisations.
"""

from __future__ import annotations

import contextlib
import json
import operator
import types
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

_TABLE = json.loads(Path(__file__).parent.with_name("cupy_table.json").read_text())
_VERSIONS = sorted(_TABLE)
counts: Counter = Counter()

_HOST_READERS = {"asarray", "array", "asanyarray", "ascontiguousarray"}
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


def wrap(value: Any, given: tuple = ()) -> Any:
    """Return a result as stand-in arrays; an `out` argument is handed back itself."""
    for candidate in given:
        if isinstance(candidate, StrictArray) and candidate._array is value:
            return candidate
    if isinstance(value, (np.ndarray, np.generic)):
        return StrictArray(np.asarray(value))
    if isinstance(value, (list, tuple)):
        return tuple(wrap(item, given) for item in value)
    return value


class StrictArray:
    """An array of the stand-in."""

    __slots__ = ("_array", "__weakref__")
    __array_ufunc__ = None
    __hash__ = None

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def __getattr__(self, name: str) -> Any:
        if not all(name in _TABLE[v]["array"] for v in _VERSIONS):
            raise AttributeError(f"cupy.ndarray has no attribute {name!r}")
        value = getattr(self._array, name)
        if not callable(value):
            return wrap(value) if isinstance(value, np.ndarray) else value

        def method(*args: Any, **kwargs: Any) -> Any:
            given = (*args, *kwargs.values())
            plain = {key: unwrap(item) for key, item in kwargs.items()}
            return wrap(value(*unwrap(args), **plain), given)

        return method

    @property
    def data(self) -> types.SimpleNamespace:
        return types.SimpleNamespace(ptr=self._array.ctypes.data)

    @property
    def __cuda_array_interface__(self) -> dict:
        return self._array.__array_interface__

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def get(self) -> np.ndarray:
        counts["downloads"] += 1
        return self._array.copy()

    def set(self, array: np.ndarray) -> None:
        counts["uploads"] += 1
        if not isinstance(array, np.ndarray) or array.dtype != self._array.dtype:
            raise TypeError("set() takes a NumPy array of the same dtype")
        np.copyto(self._array, array)

    def __getitem__(self, key: Any) -> StrictArray:
        return wrap(self._array[unwrap(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        self._array[unwrap(key)] = unwrap(value)

    def __len__(self) -> int:
        return len(self._array)

    def _to_host(self, convert: Callable) -> Any:
        counts["synchronisations"] += 1
        return convert(self._array)

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
            return wrap(getattr(self._array, name)(unwrap(other)))

        return method

    def inplace(name: str) -> Callable:
        def method(self: StrictArray, other: Any) -> StrictArray:
            getattr(self._array, name)(unwrap(other))
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
            lambda self, dunder=dunder: wrap(getattr(self._array, dunder)()),
        )


_install_operators()


class StrictFunction:
    """A function, or ufunc, of the stand-in."""

    def __init__(self, module: str, name: str, function: Callable) -> None:
        self.name = f"{module}.{name}"
        self.function = function
        self.keywords = _keywords(module, name)
        self.reads_host = name in _HOST_READERS

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.keywords is not None and not set(kwargs) <= self.keywords:
            extra = sorted(set(kwargs) - self.keywords)
            raise TypeError(f"{self.name} has no keyword {extra}")
        refuse = not self.reads_host
        if self.reads_host and args and isinstance(args[0], np.ndarray):
            counts["uploads"] += 1
            args = (args[0].copy(), *args[1:])
        plain = {key: unwrap(value, refuse) for key, value in kwargs.items()}
        if self.reads_host:
            plain.pop("blocking", None)
        result = self.function(*unwrap(args, refuse), **plain)
        return wrap(result, (*args, *kwargs.values()))

    def __getattr__(self, name: str) -> Callable:
        if not all(name in _TABLE[v]["ufunc_methods"] for v in _VERSIONS):
            raise AttributeError(f"{self.name} has no method {name!r}")
        method = getattr(self.function, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            plain = {key: unwrap(value) for key, value in kwargs.items()}
            result = method(*unwrap(args), **plain)
            return wrap(result, (*args, *kwargs.values()))

        return call


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


class _Stream:
    def synchronize(self) -> None:
        counts["synchronisations"] += 1


def make_cupy() -> dict[str, types.ModuleType]:
    """Return the modules of the stand-in, to be put into `sys.modules`."""
    import scipy.special

    from tests.devices.fake_cupy import kernels

    cupy = _Module("cupy", np)
    cupy.__version__ = _TABLE[_VERSIONS[-1]]["version"]
    cupy.ndarray = StrictArray
    cupy.RawKernel = kernels.RawKernel
    cupy.asnumpy = lambda array: array.get()
    cupy.linalg = _Module("cupy.linalg", np.linalg)
    cupy.fft = _Module("cupy.fft", np.fft)
    lib = types.ModuleType("cupy.lib")
    lib.stride_tricks = _Module("cupy.lib.stride_tricks", np.lib.stride_tricks)
    cupy.lib = lib
    cupy.cuda = types.SimpleNamespace(
        Device=lambda index=0: contextlib.nullcontext(),
        get_current_stream=lambda: _Stream(),
    )
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
