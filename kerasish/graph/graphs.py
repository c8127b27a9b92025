"""Graphs: operations with unique names, scopes, control dependencies, collections."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

from kerasish.graph.state import pushed, state
from kerasish.graph.tensors import Operation, Tensor

_VALID_NAME = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$")


class GraphKeys:
    """The names of the collections that are kept by themselves.

    Example:

    >>> GraphKeys.TRAINABLE_VARIABLES
    'trainable_variables'
    """

    GLOBAL_VARIABLES = VARIABLES = "variables"
    LOCAL_VARIABLES = "local_variables"
    MODEL_VARIABLES = "model_variables"
    METRIC_VARIABLES = "metric_variables"
    TRAINABLE_VARIABLES = "trainable_variables"
    MOVING_AVERAGE_VARIABLES = "moving_average_variables"
    SUMMARIES = "summaries"
    REGULARIZATION_LOSSES = "regularization_losses"
    LOSSES = "losses"
    UPDATE_OPS = "update_ops"
    TRAIN_OP = "train_op"
    GLOBAL_STEP = "global_step"
    WEIGHTS = "weights"
    BIASES = "biases"
    ACTIVATIONS = "activations"
    INIT_OP = "init_op"
    LOCAL_INIT_OP = "local_init_op"
    SAVERS = "savers"
    QUEUE_RUNNERS = "queue_runners"


class Graph:
    """A set of operations, independent of every other graph.

    Attributes:
        seed: The seed of the graph's random operations.
        variables: The variables that `get_variable` made, by name.
        variable_scopes: The stack of variable scopes.

    Example:

    >>> import kerasish.graph as tf
    >>> graph = tf.Graph()
    >>> with graph.as_default():
    ...     c = tf.constant(30.0)
    >>> c.graph is graph
    True
    """

    def __init__(self) -> None:
        self.seed: int | None = None
        self.variables: dict[str, Any] = {}
        self.variable_scopes: list[Any] = []
        self.variable_scope_names: set[str] = set()
        self._operations: list[Operation] = []
        self._by_name: dict[str, Operation] = {}
        self._names: dict[str, int] = {}
        self._scope = ""
        self._controls: list[list[Operation]] = []
        self._collections: dict[str, list] = {}
        self._finalized = False

    @property
    def version(self) -> int:
        """The number of operations so far."""
        return len(self._operations)

    @property
    def finalized(self) -> bool:
        """Whether nothing can be added any more."""
        return self._finalized

    def finalize(self) -> None:
        """Refuse operations from now on."""
        self._finalized = True

    def as_default(self) -> contextlib.AbstractContextManager:
        """Make this the graph that operations are added to, in a `with` block."""
        return pushed(state.graphs, self)

    # Names and scopes.

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """Return a name within the current scope that nothing has yet.

        Args:
            name: The name wanted; a number is added where it is taken.
            mark_as_used: Whether the next caller gets another one.
        """
        full = f"{self._scope}/{name}" if self._scope else name
        key = full.lower()
        used = self._names.get(key, 0)
        if mark_as_used:
            self._names[key] = used + 1
        if not used:
            return full
        while f"{key}_{used}" in self._names:
            used += 1
        if mark_as_used:
            self._names[f"{key}_{used}"] = 1
        return f"{full}_{used}"

    def unique_operation_name(self, name: str) -> str:
        """Return the name that an operation gets.

        Args:
            name: The name wanted; one with a `/` at its end is taken as it is.

        Raises:
            ValueError: If this is no name.
            RuntimeError: If the graph is finalized.
        """
        if self._finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")
        if name.endswith("/"):
            return name[:-1]
        if not _VALID_NAME.match(name):
            raise ValueError(f"{name!r} is not a valid scope name")
        return self.unique_name(name)

    @contextlib.contextmanager
    def name_scope(self, name: str | None) -> Iterator[str]:
        """Put a name and a `/` before the names of all that is made in a `with` block.

        Args:
            name: The name; made unique, unless it ends with a `/` and so is the whole
                name of a scope. `None` or `""` for no scope at all.
        """
        if name and name.endswith("/"):
            inner = name[:-1]
        elif name:
            if not _VALID_NAME.match(name):
                raise ValueError(f"{name!r} is not a valid scope name")
            inner = self.unique_name(name)
        else:
            inner = ""
        outer, self._scope = self._scope, inner
        try:
            yield f"{inner}/" if inner else ""
        finally:
            self._scope = outer

    def get_name_scope(self) -> str:
        """Return the current scope, without a `/` at its end."""
        return self._scope

    @contextlib.contextmanager
    def control_dependencies(self, control_inputs: Iterable | None) -> Iterator[None]:
        """Let operations run only after others, and see what those have assigned.

        Args:
            control_inputs: Operations and tensors; `None` forgets those of the blocks
                around.
        """
        outer = self._controls
        if control_inputs is None:
            self._controls = []
        else:
            found = [getattr(item, "op", item) for item in control_inputs]
            for item in found:
                if not isinstance(item, Operation):
                    raise TypeError(
                        f"Control input must be an Operation or a Tensor: {item!r}"
                    )
            self._controls = [*outer, found]
        try:
            yield
        finally:
            self._controls = outer

    @contextlib.contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        """Accept a device: a session runs on the one that is chosen for it.

        Args:
            device_name_or_function: Kept for the signature.
        """
        yield

    @contextlib.contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        """Accept a wish for a device; see `device`.

        Args:
            op: Kept for the signature.
            ignore_existing: Kept for the signature.
        """
        yield

    # Operations.

    def add_operation(self, operation: Operation) -> None:
        """Add an operation.

        Args:
            operation: The operation, whose name is unique.
        """
        operation.number = len(self._operations)
        wanted = [op for group in self._controls for op in group]
        operation.control_inputs = [
            *operation.control_inputs, *dict.fromkeys(wanted)
        ]  # fmt: skip
        self._operations.append(operation)
        self._by_name[operation.name] = operation

    def get_operations(self) -> list[Operation]:
        """Return the operations in the order in which they were made."""
        return list(self._operations)

    def as_graph_def(self) -> SimpleNamespace:
        """Return a list of the operations, for looking at it.

        Returns:
            An object whose `node` is a list; each of its items has a `name`, an `op`,
            the kind, and an `input`, names of operations.

        Example:

        >>> import kerasish.graph as tf
        >>> with tf.Graph().as_default() as graph:
        ...     x = tf.exp(tf.constant(1.0, name="one"))
        >>> [(n.name, n.op, n.input) for n in graph.as_graph_def().node]
        [('one', 'Const', []), ('Exp', 'Exp', ['one'])]
        """
        nodes = [
            SimpleNamespace(
                name=operation.name,
                op=operation.type,
                input=[tensor.op.name for tensor in operation.inputs]
                + [f"^{control.name}" for control in operation.control_inputs],
            )
            for operation in self._operations
        ]
        return SimpleNamespace(node=nodes)

    def get_operation_by_name(self, name: str) -> Operation:
        """Return the operation of a name.

        Args:
            name: The name.

        Raises:
            KeyError: If there is none.
        """
        if name not in self._by_name:
            raise KeyError(
                f"The name {name!r} refers to an Operation not in the graph."
            )
        return self._by_name[name]

    def get_tensor_by_name(self, name: str) -> Tensor:
        """Return a tensor.

        Args:
            name: The name of its operation, a colon, and which output it is.

        Raises:
            ValueError: If the name is none of a tensor.
            KeyError: If there is none of that name.
        """
        operation_name, colon, index = name.partition(":")
        if not colon or not index.isdigit():
            raise ValueError(
                f"The name {name!r} looks like an (invalid) Operation name, not a "
                'Tensor. Tensor names must be of the form "<op_name>:<output_index>".'
            )
        outputs = getattr(self._by_name.get(operation_name), "outputs", ())
        if int(index) >= len(outputs):
            raise KeyError(
                f"The name {name!r} refers to a Tensor which does not exist. The "
                f"operation, {operation_name!r}, does not exist in the graph."
            )
        return outputs[int(index)]

    def as_graph_element(
        self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True
    ) -> Any:
        """Return the tensor or operation that something stands for.

        Args:
            obj: A tensor, operation, variable, or a name.
            allow_tensor: Whether it may be a tensor.
            allow_operation: Whether it may be an operation.

        Raises:
            ValueError: If it belongs to another graph.
            TypeError: If it is none of these.
        """
        if isinstance(obj, str):
            is_tensor = ":" in obj
            found = (self.get_tensor_by_name if is_tensor else
                     self.get_operation_by_name)(obj)  # fmt: skip
        else:
            convert = getattr(obj, "_as_graph_tensor", None)
            found = convert() if convert is not None else obj
        if not isinstance(found, (Tensor, Operation)) or (
            not (allow_tensor if isinstance(found, Tensor) else allow_operation)
        ):
            raise TypeError(
                f"Can not convert a {type(obj).__name__} into a Tensor or Operation."
            )
        if found.graph is not self:
            raise ValueError(f"{found!r} is not an element of this graph.")
        return found

    def is_feedable(self, tensor: Any) -> bool:
        """Tell whether a tensor can be fed: all can.

        Args:
            tensor: A tensor.
        """
        return isinstance(tensor, Tensor)

    # Collections.

    def add_to_collection(self, name: str, value: Any) -> None:
        """Add a value to a collection.

        Args:
            name: The name of the collection.
            value: Anything.
        """
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        """Add a value to several collections.

        Args:
            names: A name, or several.
            value: Anything.
        """
        for name in {names} if isinstance(names, str) else dict.fromkeys(names):
            self.add_to_collection(name, value)

    def get_collection(self, name: str, scope: str | None = None) -> list:
        """Return a copy of a collection.

        Args:
            name: The name of the collection.
            scope: A regular expression that the names of its items begin with.
        """
        items = list(self._collections.get(name, ()))
        if scope is None:
            return items
        pattern = re.compile(scope)
        return [item for item in items if pattern.match(getattr(item, "name", ""))]

    def get_collection_ref(self, name: str) -> list:
        """Return a collection itself.

        Args:
            name: The name of the collection.
        """
        return self._collections.setdefault(name, [])

    def clear_collection(self, name: str) -> None:
        """Empty a collection.

        Args:
            name: The name of the collection.
        """
        self._collections.pop(name, None)

    def get_all_collection_keys(self) -> list[str]:
        """Return the names of the collections that are not empty."""
        return [name for name, items in self._collections.items() if items]
