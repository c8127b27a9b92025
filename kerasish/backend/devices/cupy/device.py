"""NVIDIA GPUs through CuPy: the same kernels on another array module."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasish.backend.devices.base import DLPACK_HOST, Device, get_device
from kerasish.backend.devices.cupy import (  # noqa: F401  (they fill the table)
    convolution,
    embedding,
    fused,
    many_updates,
    moments,
    pooling,
    random_kernels,
    recurrent,
    rows,
)
from kerasish.backend.devices.cupy.availability import cupy_for
from kerasish.backend.devices.cupy.cuda_expressions import DTYPES
from kerasish.backend.devices.cupy.graphs import Graphs, Replay
from kerasish.backend.devices.cupy.streams import Guard, Uploads
from kerasish.backend.devices.precision import is_tf32_enabled
from kerasish.errors import DTypeError

# The first version of CuPy that computes with bfloat16.
_WITH_BFLOAT16 = 14


class CupyDevice(Device):
    """Arrays and kernels of CuPy on one GPU.

    Everything is queued on one stream, which the host does not wait for. Data crosses
    in `asarray`, `feed`, `write` and `to_numpy` only.
    """

    kind = "cupy"
    selects_branches = True
    compiles_loops = True
    fused_dtypes = DTYPES

    def __init__(self, index: int = 0) -> None:
        super().__init__(index)
        self.xp = xp = cupy_for(index)
        with xp.cuda.Device(index):
            # It waits for the default stream and that for it, so that arrays of CuPy
            # may be handed in and out without thought.
            self.stream = xp.cuda.Stream()
            self._uploads = Uploads(xp, self.stream)
            self._graphs = Graphs(xp, self.stream)
        self._guard = Guard(xp, index, self.stream)
        if is_tf32_enabled():
            self.settings_changed()
        self._has_bfloat16 = int(xp.__version__.split(".")[0]) >= _WITH_BFLOAT16

    def asarray(self, value: Any, dtype: Any = None) -> Any:
        """Return a host value or an array of any GPU as an array of this GPU."""
        self._check(dtype, getattr(value, "dtype", None))
        with self._guard:
            if isinstance(value, self.xp.ndarray):
                value = value if self.owns(value) else self._from_peer(value)
            elif isinstance(value, np.ndarray):
                pass
            elif hasattr(value, "__dlpack__") and not hasattr(
                value, "__cuda_array_interface__"
            ):
                on_host = value.__dlpack_device__()[0] == DLPACK_HOST
                value = (np if on_host else self.xp).from_dlpack(value)
            return self.xp.asarray(value, dtype)

    def _check(self, *dtypes: Any) -> None:
        if self._has_bfloat16:
            return
        if any(getattr(dtype, "name", dtype) == "bfloat16" for dtype in dtypes):
            raise DTypeError(
                f"CuPy {self.xp.__version__} does not compute in bfloat16; CuPy 14 "
                "does, and 'mixed_float16' works with every version.\n"
                f"  got: dtype bfloat16 on the device {self.name!r}"
            )

    def empty(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """Return an array of this GPU with undefined content."""
        with self._guard:
            return self.xp.empty(shape, dtype)

    def kernel(self, op: Any, specs: tuple, attrs: dict) -> Callable | None:
        """Return the function that computes an op here.

        Raises:
            DTypeError: If there is a data type that CuPy does not compute in.
        """
        self._check(attrs.get("dtype"), *(spec.dtype for spec in specs))
        return super().kernel(op, specs, attrs)

    def to_numpy(self, array: Any) -> np.ndarray:
        """Return a copy of a device array on the host."""
        if not self.owns(array):
            return np.array(array) if isinstance(array, np.ndarray) else array.get()
        with self._guard:
            return self.xp.asnumpy(array)

    def owns(self, array: Any) -> bool:
        """Tell whether an array lives on this GPU."""
        return isinstance(array, self.xp.ndarray) and array.device.id == self.index

    def write(self, target: Any, value: Any) -> None:
        """Copy a host or device array into an array of this GPU."""
        with self._guard:
            if isinstance(value, np.ndarray):
                self._uploads.feed([target], [value])
            else:
                self.xp.copyto(target, self.local(value))

    def feed(self, targets: Sequence[Any], values: Sequence[Any]) -> None:
        """Copy a batch into arrays of this GPU, while it works on the one before."""
        pairs = list(zip(targets, values))
        host = [pair for pair in pairs if isinstance(pair[1], np.ndarray)]
        with self._guard:
            if host:
                self._uploads.feed(*zip(*host))
            for target, value in pairs:
                if not isinstance(value, np.ndarray):
                    self.xp.copyto(target, self.local(value))

    def _from_peer(self, array: Any) -> Any:
        """A copy of an array of another GPU; each waits for the other, not the host."""
        source = get_device(f"{self.kind}:{array.device.id}")
        source.finish_before(self.stream)
        copy = array.copy()
        self.finish_before(source.stream)
        return copy

    def finish_before(self, stream: Any) -> None:
        """Let the stream of another GPU wait for what is queued here."""
        with self._guard:
            event = self.xp.cuda.Event(disable_timing=True)
            event.record(self.stream)
        stream.wait_event(event)

    def shares_memory(self, a: Any, b: Any) -> bool:
        """Tell whether the memory ranges of two arrays overlap."""
        return bool(self.xp.may_share_memory(a, b))

    def synchronise(self) -> None:
        """Wait until all that is queued is done."""
        self.stream.synchronize()

    def settings_changed(self) -> None:
        """Have plans bind again; tell CuPy how to multiply float32 matrices."""
        super().settings_changed()
        products = self.xp._core._routines_linalg
        kind = "TF32" if is_tf32_enabled() else "DEFAULT"
        with self._guard:
            products.set_compute_type(
                np.float32, getattr(products, f"COMPUTE_TYPE_{kind}")
            )

    def guard(self, pooled: bool = True) -> contextlib.AbstractContextManager:
        """Return the context that makes this GPU and its stream the current ones."""
        return self._guard

    def together(self, calls: Sequence[Callable[[], Any]]) -> list[Callable[[], Any]]:
        """Join updates of Variables by equal programs into one launch."""
        return many_updates.join(self.xp, calls)

    def replay(
        self,
        steps: list[Callable[[], Any]],
        writes: list[Callable[[], Any]],
        fit: Sequence[bool],
    ) -> Replay:
        """Return what runs the calls of a plan as CUDA graphs."""
        return Replay(self._graphs, steps, writes, fit)

    def set_memory_limit(self, size: int | None) -> None:
        """Limit the memory that arrays may take; `None` for no limit."""
        pool = self.xp.get_default_memory_pool()

        def allocate(size: int) -> Any:
            # What the pool keeps for later counts, and it does not give it up itself.
            try:
                return pool.malloc(size)
            except MemoryError:
                pool.free_all_blocks()
                return pool.malloc(size)

        with self._guard:
            pool.set_limit(size=size or 0)
            self.xp.cuda.set_allocator(allocate)

    def free_memory(self) -> int:
        """Return the bytes that arrays may still take."""
        pool = self.xp.get_default_memory_pool()
        with self._guard:
            free = self.xp.cuda.Device(self.index).mem_info[0]
            free += pool.total_bytes() - pool.used_bytes()
            limit = pool.get_limit()
            return min(free, limit - pool.used_bytes()) if limit else free
