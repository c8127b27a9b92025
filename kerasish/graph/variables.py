"""Variables: each session holds values of its own for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import graph as engine
from kerasish.backend.devices import current_device
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph.leaves import VARIABLE
from kerasish.graph.applying import apply, identity_op, outside_bodies
from kerasish.graph.assignments import assign, assign_add, assign_sub, scatter_sub
from kerasish.graph.checks import check
from kerasish.graph.constants import apply_on_host, convert_to_tensor
from kerasish.graph.documentation import example
from kerasish.graph.graphs import GraphKeys
from kerasish.graph.state import get_default_graph, state
from kerasish.graph.tensors import Operation, Tensor


class Storage(engine.Variable):
    """The engine's side of a variable: one of a graph, without memory, or a session's.

    Args:
        owner: The variable of the graph.
        shape: Its shape.
        dtype: Its data type.
        allocate: Whether there is memory for a value.

    Attributes:
        owner: The variable of the graph.
        is_initialized: Whether a value was assigned.
    """

    def __init__(self, owner: Any, shape: Any, dtype: str, allocate: bool) -> None:
        self.owner = owner
        self.is_initialized = False
        self.name = self.path = owner.op.name
        self.trainable = True
        self.autocast = False
        self.spec = engine.Spec(tuple(shape), str(dtype))
        device = current_device()
        self._home = device.name
        self.storage = {}
        if allocate:
            with device.guard():
                zeros = device.xp.zeros(self.spec.shape, numpy_dtype(self.spec.dtype))
            self.storage[device.name] = zeros
        self.leaf = engine.Tensor(
            engine.Node(VARIABLE, (), {"variable": self}, (self.spec,))
        )


class Variable(Tensor):
    """A tensor whose value stays from run to run, apart in every session.

    Args:
        initial_value: What the initializer assigns: anything that is a tensor of a
            known shape, or a function without arguments that returns it.
        trainable: Whether optimizers change it.
        collections: Names of collections; by default that of the global variables.
        validate_shape: Must be true: the shape of a variable never changes.
        caching_device: Kept for the signature.
        name: A name.
        variable_def: Kept for the signature.
        dtype: The data type; that of the initial value for `None`.
        expected_shape: Kept for the signature.
        import_scope: Kept for the signature.
        constraint: A function of the new value that optimizers apply.
        use_resource: Kept for the signature.

    Raises:
        ValueError: If there is no initial value, or none of a known shape.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     w = tf.Variable([1.0, 2.0], name="w")
    ...     sess.run(tf.global_variables_initializer())
    ...     print(sess.run(w * 2.0))
    [2. 4.]
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool = True,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: str | None = None,
        constraint: Any = None,
        use_resource: bool | None = None,
    ) -> None:
        if initial_value is None:
            raise ValueError("initial_value must be specified.")
        graph = get_default_graph()
        with outside_bodies():
            with graph.name_scope(name or "Variable") as scope:
                value = initial_value() if callable(initial_value) else initial_value
                value = convert_to_tensor(value, dtype, name="initial_value")
                if not value.shape.is_fully_defined() or not validate_shape:
                    raise ValueError(
                        "initial_value must have a shape specified, and a variable "
                        f"keeps its shape.\nReceived: {value!r}"
                    )
                operation = Operation(graph, scope[:-1], "VariableV2", None, ())
                self.op = operation
                self.template = Storage(self, value.shape.as_list(), value.dtype, False)
                super().__init__(operation, 0, self.template.leaf)
                operation.outputs = [self]
                graph.add_operation(operation)
                self.initial_value = value
                self.initializer = assign(self, value, name="Assign").op
        self.trainable = trainable
        self.constraint = constraint
        keys = list(collections or [GraphKeys.GLOBAL_VARIABLES])
        if trainable and GraphKeys.TRAINABLE_VARIABLES not in keys:
            keys.append(GraphKeys.TRAINABLE_VARIABLES)
        graph.add_to_collections(keys, self)

    def value(self) -> Tensor:
        """Return the value as a tensor."""
        return self.read_value()

    def read_value(self) -> Tensor:
        """Return the value as a tensor, read after what it is made to wait for."""
        return apply("read", identity_op, self, name=f"{self.op.name}/read/")

    def initialized_value(self) -> Tensor:
        """Return the value that the initializer assigns."""
        return self.initial_value

    def assign(self, value: Any, use_locking: bool = False, name: Any = None) -> Tensor:
        """See `assign`."""
        return assign(self, value, name=name)

    def assign_add(
        self, delta: Any, use_locking: bool = False, name: Any = None
    ) -> Any:
        """See `assign_add`."""
        return assign_add(self, delta, name=name)

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: Any = None
    ) -> Any:
        """See `assign_sub`."""
        return assign_sub(self, delta, name=name)

    def scatter_sub(self, sparse_delta: Any, use_locking: bool = False) -> Tensor:
        """Subtract from some rows.

        Args:
            sparse_delta: `IndexedSlices`.
            use_locking: Kept for the signature.
        """
        return scatter_sub(self, sparse_delta.indices, sparse_delta.values)

    def load(self, value: Any, session: Any = None) -> None:
        """Give the variable a value in a session.

        Args:
            value: An array of its shape.
            session: A session; the default one for `None`.
        """
        (session or state.sessions[-1]).load(self, value)

    def count_up_to(self, limit: int) -> Tensor:
        """Return the value, and add one to it.

        Args:
            limit: Where it must stop.

        Raises:
            OutOfRangeError: When it runs and the value is `limit` already.
        """
        stays = check(
            "CountUpTo", self, lambda value: value < limit, f"Reached limit of {limit}"
        )
        return apply("count", lambda old: ([old + 1], old), stays, writes=[self])

    def __repr__(self) -> str:
        return f"<tf.Variable {self.name!r} shape={self.shape} dtype={self.dtype}_ref>"

    __str__ = __repr__


class RandomState(Tensor):
    """The state of a random operation, apart in every session.

    Args:
        seed: The seed of the operation; `None` for another one in each session.
    """

    def __init__(self, seed: int | None) -> None:
        graph = get_default_graph()
        number = len(graph.get_operations())
        if graph.seed is not None or seed is not None:
            # As many bits of both as there is room for.
            wide = (graph.seed or 87654321) * 0x9E3779B97F4A7C15
            mixed = wide ^ ((number if seed is None else seed) * 0xD1B54A32D192ED03)
            seed = (mixed ^ mixed >> 29) & 0xFFFFFFFF
        self.seed = seed
        name = graph.unique_operation_name("random_state")
        operation = Operation(graph, name, "RandomState", None, ())
        self.op = operation
        self.template = Storage(self, (2,), "uint32", False)
        super().__init__(operation, 0, self.template.leaf)
        operation.outputs = [self]
        with outside_bodies():
            graph.add_operation(operation)


def is_variable_initialized(variable: Variable) -> Tensor:
    """Return whether a variable has a value in the session that runs.

    Args:
        variable: A variable.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.is_variable_initialized(tf.Variable(1.0))))
    False
    """
    return apply_on_host(
        "IsVariableInitialized",
        lambda session: np.bool_(session.holds(variable)),
        dtype="bool",
    )


@example(
    "tf.report_uninitialized_variables()", "[b'w']", 'w = tf.Variable(1.0, name="w")'
)
def report_uninitialized_variables(
    var_list: Any = None, name: str = "report_uninitialized_variables"
) -> Tensor:
    """Return the names of the variables without a value in the session that runs.

    Args:
        var_list: Variables; the global and local ones for `None`.
        name: A name.
    """
    graph = get_default_graph()

    def function(session: Any) -> np.ndarray:
        wanted = var_list
        if wanted is None:
            wanted = graph.get_collection(GraphKeys.GLOBAL_VARIABLES)
            wanted = wanted + graph.get_collection(GraphKeys.LOCAL_VARIABLES)
        missing = [v.op.name.encode() for v in wanted if not session.holds(v)]
        return np.array(missing, dtype=object)

    return apply_on_host(name, function)
