"""What every device offers, and the table of devices and of their own kernels."""

from __future__ import annotations

import contextlib
import importlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from kerasish.backend.determinism import on_change
from kerasish.errors import did_you_mean

# The number that DLPack has for memory of the host.
DLPACK_HOST = 1
_DEVICES: dict[str, str | type[Device]] = {
    "numpy": "kerasish.backend.devices.numpy_device:NumpyDevice",
    "cpu": "kerasish.backend.devices.cpu.device:CpuDevice",
    "cupy": "kerasish.backend.devices.cupy.device:CupyDevice",
}
_FUSED_DTYPES = frozenset(
    ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
    + ("float32", "float64")
)
_KERNELS: dict[tuple[str, str], tuple[Callable, Callable | None]] = {}
_instances: dict[str, Device] = {}


class _Selection(threading.local):
    """The device that a thread has chosen."""

    device: Device | None = None


_selection = _Selection()
_default: list[str | None] = [None]


class Device:
    """A place where arrays live and kernels run.

    Attributes:
        name: `'numpy'`, `'cupy:0'`, ...
        kind: The part of the name before the colon.
        parent: The kind whose kernels serve where this one has none of its own.
        xp: The array module, NumPy or one with the same functions.
        compiles_loops: Whether even a single elementwise op is better fused.
        selects_branches: Whether it is better to compute both branches of a condition
            and select than to wait until its value is known on the host.
        fused_dtypes: The data types of elements that fused programs may have.
        epoch: Counts changes of settings after which plans must bind again.
        choices: What ops that run at once have found out about their kernels.
    """

    kind = "device"
    parent: str | None = None
    xp: Any = None
    compiles_loops = False
    selects_branches = False
    fused_dtypes = _FUSED_DTYPES
    epoch = 0

    def __init__(self, index: int = 0) -> None:
        self.index = index
        self.name = self.kind if index == 0 else f"{self.kind}:{index}"
        self.lock = threading.RLock()
        self.running = False
        self.choices: dict[tuple, tuple] = {}

    def asarray(self, value: Any, dtype: Any = None) -> Any:
        """Return a host value as an array of this device."""
        raise NotImplementedError

    def to_numpy(self, array: Any) -> np.ndarray:
        """Return a copy of a device array on the host."""
        raise NotImplementedError

    def empty(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """Return an array of this device with undefined content."""
        return self.xp.empty(shape, dtype)

    def copy(self, array: Any) -> Any:
        """Return a contiguous copy of an array of any device, on this one."""
        with self.guard():
            return self.xp.array(self.local(array), order="C")

    def owns(self, array: Any) -> bool:
        """Tell whether an array lives on this device."""
        return isinstance(array, self.xp.ndarray)

    def write(self, target: Any, value: Any) -> None:
        """Copy a host or device array into an array of this device."""
        raise NotImplementedError

    def feed(self, targets: Sequence[Any], values: Sequence[Any]) -> None:
        """Copy a batch of host or device arrays into arrays of this device."""
        for target, value in zip(targets, values):
            self.write(target, value)

    def local(self, array: Any) -> Any:
        """Return an array of any device as one of this device."""
        return array if self.owns(array) else self.asarray(array)

    def shares_memory(self, a: Any, b: Any) -> bool:
        """Tell whether two arrays of this device may overlap."""
        raise NotImplementedError

    def synchronise(self) -> None:
        """Wait until all queued work is done."""

    def settings_changed(self) -> None:
        """Have plans bind again, because a setting that matters here has changed."""
        self.epoch += 1

    def guard(self, pooled: bool = True) -> contextlib.AbstractContextManager:
        """Return the context in which kernels run.

        Args:
            pooled: Whether they may use a pool of threads.
        """
        return contextlib.nullcontext()

    def kernel(self, op: Any, specs: tuple, attrs: dict) -> Callable:
        """Return the function that computes an op here.

        The device's own kernel comes first, then its parent's, then the op's. A kernel
        of a device may decline a case through its `accepts` predicate.

        Args:
            op: The operation.
            specs: The specs of its inputs.
            attrs: Its attributes.

        Returns:
            A function `kernel(xp, *arrays, out=None, **attrs)`, or `None` for an op
            that has no kernel at all (a composite to be lowered).
        """
        kind: str | None = self.kind
        while kind is not None:
            kernel, accepts = _KERNELS.get((kind, op.name), (None, None))
            if kernel is not None and (accepts is None or accepts(specs, attrs)):
                return kernel
            kind = device_class(kind).parent
        return op.kernel

    def replay(
        self,
        steps: list[Callable[[], Any]],
        writes: list[Callable[[], Any]],
        fit: Sequence[bool],
    ) -> Any:
        """Return what runs the calls of a plan in fewer launches, or `None`.

        Args:
            steps: Calls that compute.
            writes: Calls that write Variables afterwards.
            fit: For each step whether nothing on the host decides what it does.

        Returns:
            An object with the calls to make in `steps` and `writes`, and a method
            `begin()` to be called before each run.
        """
        return None

    def set_memory_limit(self, size: int | None) -> None:
        """Limit the memory that arrays may take; `None` for no limit.

        Raises:
            ValueError: If the device has no such limit.
        """
        raise ValueError(
            f"The memory of the device {self.name!r} cannot be limited; that of a GPU "
            "can."
        )

    def free_memory(self) -> int | None:
        """Return the bytes that arrays may still take, `None` if that is unknown."""
        return None

    def together(self, calls: Sequence[Callable[[], Any]]) -> list[Callable[[], Any]]:
        """Join calls, made in this order, that are better made as one.

        Args:
            calls: Calls that fill arrays, bound by kernels of this device.

        Returns:
            As many calls; some may do nothing, because others do their work.
        """
        return list(calls)

    def prefers_definition(self, name: str, specs: tuple) -> bool:
        """Tell whether a composite's own kernel is slower here than its definition.

        Args:
            name: The name of the op.
            specs: The specs of its inputs.
        """
        return False

    def __repr__(self) -> str:
        return f"<Device {self.name}>"


def device_kernel(
    kind: str, op_name: str, accepts: Callable[[tuple, dict], bool] | None = None
) -> Callable[[Callable], Callable]:
    """Register a kernel that one kind of device has for an op.

    Args:
        kind: The kind of device.
        op_name: The name of the op.
        accepts: Optional predicate `accepts(specs, attrs)`; where it is false the next
            kernel in line serves.

    Returns:
        A decorator for `kernel(xp, *arrays, out=None, **attrs)`. The kernel may have an
        attribute `bind(xp, arrays, outs, attrs)`: it returns a call without arguments
        that fills the tuple `outs` from arrays that keep their memory, or `None`. With
        an attribute `optional` that is true, what nobody reads is `None` in `outs`.

    Example:

    >>> @device_kernel("numpy", "documented_op")
    ... def documented(xp, x, out=None):
    ...     return xp.add(x, 1, out=out)
    """

    def decorate(kernel: Callable) -> Callable:
        _KERNELS[kind, op_name] = (kernel, accepts)
        for instance in _instances.values():
            instance.choices.clear()
        return kernel

    return decorate


def register_device(cls: type[Device]) -> type[Device]:
    """Add a kind of device to the table; usable as a class decorator."""
    _DEVICES[cls.kind] = cls
    return cls


def device_class(kind: str) -> type[Device]:
    """Return the class of a kind of device.

    Raises:
        ValueError: If there is no such kind.
    """
    entry = _DEVICES.get(kind)
    if entry is None:
        raise ValueError(
            f"Unknown device {kind!r}.{did_you_mean(kind, _DEVICES)}\n"
            f"Received: device={kind!r}; known: {sorted(_DEVICES)}"
        )
    if isinstance(entry, str):
        module, _, attribute = entry.partition(":")
        entry = getattr(importlib.import_module(module), attribute)
        _DEVICES[kind] = entry
    return entry


def get_device(name: str) -> Device:
    """Return the device of a name such as `'numpy'` or `'cupy:1'`.

    Raises:
        ValueError: If there is no such device.

    Example:

    >>> get_device("numpy")
    <Device numpy>
    """
    instance = _instances.get(name)
    if instance is None:
        kind, _, index = name.partition(":")
        if index and not index.isdigit():
            raise ValueError(f"A device index must be a number.\nReceived: {name!r}")
        fresh = device_class(kind)(int(index or 0))
        instance = _instances.setdefault(fresh.name, fresh)
        _instances[name] = instance
    return instance


def current_device() -> Device:
    """Return the device on which new work runs.

    Example:

    >>> current_device().kind in ("numpy", "cpu", "cupy")
    True
    """
    if _selection.device is not None:
        return _selection.device
    if _default[0] is None:
        _default[0] = os.environ.get("KERASISH_BACKEND") or _best()
    # This runs before every step: no call for what is mostly there.
    return _instances.get(_default[0]) or get_device(_default[0])


def _best() -> str:
    """Choose the default: `cpu` where its library loads, else `numpy`."""
    from kerasish.backend.devices.cpu.libraries import onednn

    return "cpu" if onednn() else "numpy"


def set_default_device(name: str) -> None:
    """Choose the device for everything outside a `device` scope.

    Raises:
        ValueError: If there is no such device.
    """
    _default[0] = get_device(name).name


def settings_changed() -> None:
    """Tell all devices that a setting has changed."""
    for instance in set(_instances.values()):
        instance.settings_changed()


on_change(settings_changed)


def succeed(kind: str, successor: str) -> None:
    """Let a device take the place of all those of a kind, everywhere.

    Args:
        kind: The kind of device that cannot be used any more.
        successor: The name of the device that serves instead.
    """
    heir = get_device(successor)
    for name, instance in list(_instances.items()):
        if instance.kind == kind:
            _instances[name] = heir
    if _default[0] is not None and _default[0].partition(":")[0] == kind:
        _default[0] = heir.name
    chosen = _selection.device
    if chosen is not None and chosen.kind == kind:
        _selection.device = heir


@contextlib.contextmanager
def device(name: str) -> Iterator[Device]:
    """Run the enclosed code on a device.

    Example:

    >>> with device("numpy") as chosen:
    ...     chosen.name
    'numpy'
    """
    previous = _selection.device
    _selection.device = get_device(name)
    try:
        yield _selection.device
    finally:
        _selection.device = previous
