"""Tensors: handles of a node's output, which may carry a value."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasish.backend.dtypes import dtype_name
from kerasish.backend.graph.scope import state
from kerasish.backend.graph.spec import Spec

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node


class Tensor:
    """An output of a node, or a value, or both.

    A tensor without a value is symbolic: it stands for a value that exists only when
    a compiled function runs. Handles are cheap; what layers add (history, mask, name)
    sits on the handle and not on the node.

    Attributes:
        node: The node, `None` for a plain value.
        index: Which output of the node.
        value: An array on a device, or `None`.
        mask: The Keras mask.
        history: The layer call that made it.
        name: An optional name.

    Example:

    >>> from kerasish.backend.graph import as_tensor
    >>> as_tensor([1.0, 2.0]).shape
    (2,)
    """

    __slots__ = (
        "node",
        "index",
        "value",
        "_spec",
        "mask",
        "history",
        "name",
        "__weakref__",
    )
    __array_priority__ = 1000

    def __init__(self, node: Node | None, index: int = 0, value: Any = None) -> None:
        self.node = node
        self.index = index
        self.value = value
        self._spec: Spec | None = node.specs[index] if node is not None else None
        self.mask: Tensor | None = None
        self.history: Any = None
        self.name: str | None = None

    @property
    def spec(self) -> Spec:
        """The static facts."""
        if self._spec is None:
            self._spec = Spec(self.value.shape, dtype_name(self.value.dtype))
        return self._spec

    @property
    def shape(self) -> tuple[int | None, ...]:
        """The shape; `None` for sizes known only at run time."""
        if self.value is not None:
            return tuple(self.value.shape)
        return self.spec.shape

    @property
    def dtype(self) -> str:
        """The name of the data type."""
        spec = self._spec
        return self.spec.dtype if spec is None else spec.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def is_symbolic(self) -> bool:
        """Whether there is no value."""
        return self.value is None

    @property
    def sparse(self) -> bool:
        """Whether only some entries are stored: never, for a tensor of a graph."""
        return False

    @property
    def _keras_mask(self) -> Tensor | None:
        return self.mask

    @_keras_mask.setter
    def _keras_mask(self, mask: Tensor | None) -> None:
        self.mask = mask

    @property
    def _keras_history(self) -> Any:
        return self.history

    @property
    def _keras_shape(self) -> tuple[int | None, ...]:
        return self.shape

    @property
    def _uses_learning_phase(self) -> bool:
        if self.node is None:
            return False
        graph = importlib.import_module("kerasish.backend.graph")
        phase = graph.learning_phase().node
        return any(node is phase for node in graph.topological([self]))

    def bare(self) -> Tensor:
        """Return this tensor as nodes keep it: without what layers have added."""
        if self.history is None and self.mask is None and self.name is None:
            return self
        return Tensor(self.node, self.index, self.value)

    def fresh(self) -> Tensor:
        """Return a new handle of the same tensor."""
        copy = Tensor(self.node, self.index, self.value)
        copy._spec = self._spec
        return copy

    def computed(self) -> Any:
        """Return the value, computed where that needs nothing to be fed.

        Returns:
            An array on the device; `None` inside symbolic scopes, and where the value
            depends on a placeholder.
        """
        if self.value is not None or state.symbolic:
            return self.value
        # By name: what runs graphs lies above them.
        return importlib.import_module("kerasish.backend.plan").evaluate(self)

    def _need_value(self, action: str) -> Any:
        value = self.computed()
        if value is None:
            raise TypeError(
                f"A symbolic tensor has no value, so {action} is not possible here. "
                "Compile it with `kerasish.backend.function`, use an op of "
                "`kerasish.ops` (such as `cond` or `where`) instead of Python, or run "
                f"with `run_eagerly=True`.\nReceived: {self!r}"
            )
        return value

    def _host(self, action: str) -> np.ndarray:
        from kerasish.backend.graph.conversion import as_numpy

        return as_numpy(self._need_value(action))

    def numpy(self) -> np.ndarray:
        """Return a copy of the value as a NumPy array.

        That of a symbolic tensor is computed where it depends on Variables and
        constants alone.

        Raises:
            TypeError: If the tensor depends on a placeholder, or if this happens
                inside a symbolic scope.
        """
        return self._host("conversion to NumPy")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        return array if dtype is None else array.astype(dtype)

    def item(self) -> Any:
        """Return the value of a tensor with one element as a Python number."""
        return self.numpy().item()

    def tolist(self) -> Any:
        """Return the value as nested Python lists."""
        return self.numpy().tolist()

    def __bool__(self) -> bool:
        if self.computed() is None and self._compares_tensors():
            left, right = self.node.inputs
            same = left.node is right.node and left.index == right.index
            return same == (self.node.op.name == "equal")
        return bool(self._host("its use as a Python bool"))

    def _compares_tensors(self) -> bool:
        """Whether this is `a == b` of symbolic tensors, and nothing is traced.

        Then no value will ever decide: a search in a list asks if they are the same.
        """
        if state.symbolic or self.node.op.name not in ("equal", "not_equal"):
            return False
        return all(x.node.op.name != "constant" for x in self.node.inputs)

    def __float__(self) -> float:
        array = self._host("its use as a Python float")
        return float(array.reshape(()) if array.size == 1 else array)

    def __int__(self) -> int:
        array = self._host("its use as a Python int")
        return int(array.reshape(()) if array.size == 1 else array)

    def __index__(self) -> int:
        return self._host("its use as an index").__index__()

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("A tensor without axes has no length.")
        if self.shape[0] is None:
            self._need_value("taking its length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self.shape:
            raise TypeError("A tensor without axes cannot be iterated.")
        if self.shape[0] is None:
            self._need_value("iterating over its first axis")
        return (self[position] for position in range(self.shape[0]))

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self._need_value("export by DLPack").__dlpack__(**kwargs)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._need_value("export by DLPack").__dlpack_device__()

    def __hash__(self) -> int:
        return id(self)

    def __copy__(self) -> Tensor:
        return self.fresh()

    def __deepcopy__(self, memo: dict) -> Tensor:
        return self if self.value is None else Tensor(None, 0, self.value.copy())

    def __reduce__(self) -> tuple:
        from kerasish.backend.graph.conversion import as_tensor

        return as_tensor, (self._host("pickling"),)

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name else ""
        if self.value is None:
            return f"<Tensor shape={self.shape}, dtype={self.dtype}, symbolic{name}>"
        return (
            f"<Tensor shape={self.shape}, dtype={self.dtype}{name}, "
            f"value={np.array2string(self.numpy(), threshold=20, edgeitems=3)}>"
        )
