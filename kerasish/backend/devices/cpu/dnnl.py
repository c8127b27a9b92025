"""The part of oneDNN's C interface that the kernels need.

Handles of the library are owned by Python objects and freed with them. Descriptors are
immutable; a memory object holds the raw address of an array, which its user keeps.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from kerasish.backend.devices.cpu import libraries

SRC, WEIGHTS, DST = 1, 33, 17
DIFF_SRC, DIFF_WEIGHTS, DIFF_DST = 129, 161, 145
MEAN, VARIANCE, SCALE, SCRATCHPAD = 49, 50, 51, 80
DIFF_SCALE, USE_SCALE = 255, 2
# What a primitive can be asked for: the layouts it works on.
LAYOUTS = {
    SRC: 129,
    DIFF_SRC: 130,
    WEIGHTS: 131,
    DIFF_WEIGHTS: 132,
    DST: 133,
    DIFF_DST: 134,
    SCRATCHPAD: 136,
}
_IMPLEMENTATION = 8
FORWARD_TRAINING, BACKWARD = 64, 128
DIRECT = 1
AVERAGE_WITHOUT_PADDING = 0x3FF
_FLOAT32 = 3
_ANY = 1
_CPU = 1
_IN_ORDER = 1
_USER_SCRATCHPAD = 1
_MOST_AXES = 12

Dims = Sequence[int]
_Dims = ctypes.c_int64 * _MOST_AXES


class Argument(ctypes.Structure):
    """An argument of a primitive: which one, and its memory."""

    _fields_ = (("index", ctypes.c_int), ("memory", ctypes.c_void_p))


class Refused(RuntimeError):
    """The library does not do what is asked of it."""


class Handle:
    """Something that the library made and that is freed with this object."""

    __slots__ = ("value", "_destroy", "_keep")

    def __init__(self, value: int | None, destroy: Callable, keep: Any = None) -> None:
        self.value = value
        self._destroy = destroy
        self._keep = keep

    def __del__(self) -> None:
        self._destroy(self.value)


def _value(handle: Handle | int | None) -> int | None:
    return handle.value if isinstance(handle, Handle) else handle


class Library:
    """oneDNN with one engine and one stream.

    Args:
        library: The loaded shared library.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._query = library.dnnl_primitive_desc_query_md
        self._query.restype = ctypes.c_void_p
        self._query.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_int)
        self._size = library.dnnl_memory_desc_get_size
        self._size.restype = ctypes.c_size_t
        self._size.argtypes = (ctypes.c_void_p,)
        self._equal = library.dnnl_memory_desc_equal
        self._equal.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
        self.execute = library.dnnl_primitive_execute
        pointer = ctypes.c_void_p
        self.execute.argtypes = (pointer, pointer, ctypes.c_int, pointer)
        self._destroyers: dict[str, Callable] = {}
        self._engine = self._make("engine", "engine_create", _CPU, ctypes.c_size_t(0))
        self._stream = self._make("stream", "stream_create", self._engine, _IN_ORDER)
        self.stream = self._stream.value
        self._attributes = self._make("primitive_attr", "primitive_attr_create")
        self._call(
            "primitive_attr_set_scratchpad_mode", self._attributes, _USER_SCRATCHPAD
        )

    def _call(self, name: str, *arguments: Any) -> None:
        values = [
            ctypes.c_void_p(_value(argument))
            if argument is None or isinstance(argument, Handle)
            else argument
            for argument in arguments
        ]
        status = getattr(self._library, f"dnnl_{name}")(*values)
        if status:
            raise Refused(f"oneDNN: {name} failed with status {status}.")

    def _make(self, kind: str, name: str, *arguments: Any, keep: Any = None) -> Handle:
        destroy = self._destroyers.get(kind)
        if destroy is None:
            destroy = getattr(self._library, f"dnnl_{kind}_destroy")
            destroy.argtypes = (ctypes.c_void_p,)
            self._destroyers[kind] = destroy
        made = ctypes.c_void_p()
        self._call(name, ctypes.byref(made), *arguments)
        return Handle(made.value, destroy, keep)

    def layout(self, dims: Dims, strides: Dims | None = None) -> Handle:
        """Describe float32 memory; without strides the library chooses the layout."""
        count, last = len(dims), ctypes.c_int(_ANY)
        name = "memory_desc_create_with_tag"
        if strides is not None:
            last, name = _Dims(*strides), "memory_desc_create_with_strides"
        return self._make(
            "memory_desc", name, count, _Dims(*dims), ctypes.c_int(_FLOAT32), last
        )

    def descriptor(self, name: str, *arguments: Any) -> Handle:
        """Describe a primitive.

        Args:
            name: The C function's name, less `dnnl_` and `_primitive_desc_create`.
            *arguments: What comes between the engine and the attributes.

        Raises:
            Refused: If there is no implementation.
        """
        return self._make(
            "primitive_desc",
            f"{name}_primitive_desc_create",
            self._engine,
            *arguments,
            self._attributes,
            # The library goes on reading the descriptor that serves as a hint.
            keep=arguments,
        )

    def reorder(self, source: Handle, target: Handle) -> Handle:
        """Return a primitive that copies from one layout into another."""
        return self.primitive(
            self._make(
                "primitive_desc",
                "reorder_primitive_desc_create",
                source, self._engine, target, self._engine, self._attributes,
            )
        )  # fmt: skip

    def next_implementation(self, descriptor: Handle) -> bool:
        """Turn to the next implementation; false if there is none."""
        next_one = self._library.dnnl_primitive_desc_next_impl
        return next_one(ctypes.c_void_p(descriptor.value)) == 0

    def implementation(self, descriptor: Handle) -> str:
        """Return the name of the implementation that a descriptor stands for."""
        text = ctypes.c_char_p()
        self._call(
            "primitive_desc_query", descriptor, _IMPLEMENTATION, 0, ctypes.byref(text)
        )
        return (text.value or b"").decode()

    def primitive(self, descriptor: Handle) -> Handle:
        """Return the primitive of a descriptor, ready to be executed."""
        return self._make("primitive", "primitive_create", descriptor, keep=descriptor)

    def asked(self, descriptor: Handle, argument: int) -> Handle:
        """Return the layout in which a primitive wants an argument."""
        found = self._query(descriptor.value, LAYOUTS[argument], 0)
        # It belongs to the descriptor.
        return Handle(found, _nothing, descriptor)

    def size(self, layout: Handle) -> int:
        """Return the bytes of memory of a layout."""
        return self._size(layout.value)

    def same(self, a: Handle, b: Handle) -> bool:
        """Tell whether two layouts are equal."""
        return bool(self._equal(a.value, b.value))

    def memory(self, layout: Handle, address: int) -> Handle:
        """Return a memory object at an address."""
        return self._make(
            "memory", "memory_create", layout, self._engine, ctypes.c_void_p(address)
        )


def _nothing(value: int | None) -> None:
    pass


@lru_cache(maxsize=1)
def library() -> Library | None:
    """Return oneDNN, `None` where it is absent."""
    found = libraries.onednn()
    return Library(found.library) if found else None


def dims(values: Dims) -> Any:
    """Return numbers as the library takes them."""
    return _Dims(*values)


def set_threads(number: int) -> None:
    """Choose how many threads of OpenMP work for the calling thread."""
    found = libraries.onednn()
    setter = getattr(found.library, "omp_set_num_threads", None)
    if setter is not None:
        setter(ctypes.c_int(number))
