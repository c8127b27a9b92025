"""The base class of all layers and models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasish import dtype_policies, tree
from kerasish.backend.graph import Spec, Tensor, Trace, placeholder
from kerasish.layers.layer_call import LayerCalling, scope_of, wrap_build
from kerasish.layers.layer_config import LayerConfig
from kerasish.layers.layer_state import LayerState, _from_namespace
from kerasish.layers.layer_updates import LayerUpdates
from kerasish.layers.promised_shapes import promised_outputs, tensors_of_shapes
from kerasish.naming import auto_name, current_path

_TRANSIENT = ("_inbound_nodes", "_outbound_nodes", "_losses")


class Layer(LayerCalling, LayerState, LayerConfig, LayerUpdates):
    """A function with state: the base class of layers.

    A subclass writes `call`, and `build` where it has weights whose shapes depend on
    the input. Both run once on symbolic tensors when a model is compiled, and on
    values when the layer is called on arrays.

    Args:
        activity_regularizer: Adds a term for the outputs to the losses.
        trainable: Whether training changes the weights.
        dtype: A data type or dtype policy; the global policy if `None`.
        autocast: Whether float inputs are cast to the compute type.
        name: The name; made from the class name if `None`.
        **kwargs: `input_shape`, `batch_input_shape`, `batch_size`, `input_dim` (what a
            first layer of a `Sequential` expects) and `weights` (initial weights).

    Raises:
        ValueError: If an argument is unknown.

    Example:

    >>> import numpy
    >>> class Scale(Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight(shape=(), initializer="ones")
    ...     def call(self, x):
    ...         return x * self.factor
    >>> Scale()(numpy.ones((2, 1))).shape
    (2, 1)
    """

    _warns_of_lost_mask = True
    _builds_nothing = False  # So that the layer is built once it is made.

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ):
        self._initialise_state(trainable)
        self.name = str(name) if name else auto_name(type(self).__name__)
        self._path = self.name
        self._dtype_policy = dtype_policies.get(dtype)
        self.autocast = autocast
        self.built = self._builds_nothing and type(self).build is Layer.build
        self.input_spec = None
        self._supports_masking = False
        self._convert_input_args = True
        self._allow_non_tensor_positional_args = False
        self._initial_weights = None
        self._batch_input_shape = None
        self.stateful = False
        self.activity_regularizer = _from_namespace(
            "regularizers", activity_regularizer
        )
        self._accept_old_arguments(kwargs)

    def _accept_old_arguments(self, kwargs: dict[str, Any]) -> None:
        object.__setattr__(self, "_initial_weights", kwargs.pop("weights", None))
        batch_size = kwargs.pop("batch_size", None)
        dimension = kwargs.pop("input_dim", None)
        shape = kwargs.pop("input_shape", None if dimension is None else (dimension,))
        batch_shape = kwargs.pop("batch_input_shape", None)
        kwargs.pop("implementation", None)
        if shape is not None:
            sizes = (shape,) if isinstance(shape, int) else tuple(shape)
            batch_shape = (batch_size, *sizes)
        if batch_shape is not None:
            object.__setattr__(self, "_batch_input_shape", tuple(batch_shape))
        if kwargs:
            raise ValueError(
                f"{type(self).__name__}: unknown argument(s) {sorted(kwargs)}.\n"
                f"Received: {kwargs}"
            )

    def _check_super_called(self) -> None:
        if "_layers" not in self.__dict__:
            raise RuntimeError(
                f"{type(self).__name__}: `super().__init__()` was not called in "
                "`__init__`. Call it first."
            )

    @property
    def path(self) -> str:
        """The name with the names of the layers around it, joined by `/`."""
        return self._path

    @property
    def dtype_policy(self) -> dtype_policies.DTypePolicy:
        """The data types for computing and for Variables."""
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        self._dtype_policy = dtype_policies.get(value)

    @property
    def dtype(self) -> str:
        """The data type of the Variables."""
        return self.variable_dtype

    @property
    def variable_dtype(self) -> str:
        """The data type of the Variables."""
        return self._own_policy().variable_dtype

    @property
    def compute_dtype(self) -> str:
        """The data type that the layer computes in."""
        return self._own_policy().compute_dtype

    @property
    def input_dtype(self) -> str:
        """The data type that float inputs are cast to."""
        return self.compute_dtype

    def _own_policy(self) -> dtype_policies.DTypePolicy:
        """The dtype policy, or that of the layer's path where there is a map."""
        policy = self._dtype_policy
        if not isinstance(policy, Mapping):
            return policy
        if self.built:
            return policy[self.path]
        with scope_of(self):
            return policy[current_path()]

    @property
    def quantization_mode(self) -> None:
        """Always `None`: nothing is quantised."""
        return

    def quantize(self, *args: Any, **kwargs: Any) -> None:
        """Refuse: nothing is quantised here.

        Args:
            *args: Of no meaning.
            **kwargs: Of no meaning.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            "Layers cannot be quantized here: weights are floats; use a policy such "
            "as 'mixed_bfloat16' instead."
        )

    @property
    def supports_masking(self) -> bool:
        """Whether masks pass through the layer."""
        return self._supports_masking

    @supports_masking.setter
    def supports_masking(self, value: bool) -> None:
        self._supports_masking = bool(value)

    def build(self, input_shape: Any) -> None:
        """Make the weights. Override it; it runs once, before the first call.

        Args:
            input_shape: The shape of the first call's input, with `None` for sizes
                that may differ; a structure of shapes for several inputs. With several
                tensor arguments, `build` may name one parameter `<argument>_shape` for
                each.
        """

    build = wrap_build(build)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs. Override it.

        Args:
            *args: The inputs, tensors.
            **kwargs: Where the signature names them, also `training` (a bool or
                `None`) and `mask`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no `call()` method: a layer needs one."
        )

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return the mask of the outputs.

        Args:
            inputs: The first argument of the call.
            previous_mask: Its mask.
        """
        return previous_mask

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Return symbolic tensors like the outputs for given inputs.

        Args:
            *args: Tensors or `Spec`s, or structures of them.
            **kwargs: More arguments of `call`.
        """

        if self._promises_shape():
            args, kwargs = tree.map_structure(_fresh, (args, kwargs))
            return promised_outputs(self, args, kwargs)
        return self._traced_spec(args, kwargs)

    def _traced_spec(self, args: Any, kwargs: Any) -> Any:
        args, kwargs = tree.map_structure(_fresh, (args, kwargs))
        with Trace():
            return self._run_call(args, kwargs)

    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """Return the shape of the outputs, found by a symbolic call.

        Args:
            *args: The input shape, or a structure of shapes; also as `input_shape`.
            **kwargs: Shapes by name, `<argument>_shape`, for several tensor arguments.

        Returns:
            A tuple, or a structure of tuples.
        """
        if "input_shape" in kwargs:
            args = (kwargs.pop("input_shape"), *args)
        inputs = [tensors_of_shapes(shape, self.input_dtype) for shape in args]
        named = {
            name.removesuffix("_shape"): tensors_of_shapes(shape, self.input_dtype)
            for name, shape in kwargs.items()
        }
        own = type(self).compute_output_spec is not Layer.compute_output_spec
        # A promise may ask its base class, which must not ask it back.
        outputs = (
            self.compute_output_spec(*inputs, **named)
            if own
            else self._traced_spec(inputs, named)
        )
        return tree.map_structure(lambda leaf: tuple(leaf.shape), outputs)

    @property
    def inbound_nodes(self) -> list:
        """The calls of this layer on symbolic tensors."""
        return self._inbound_nodes

    @property
    def outbound_nodes(self) -> list:
        """The calls of other layers on outputs of this one."""
        return self._outbound_nodes

    def _first_node(self, what: str) -> Any:
        if not self._inbound_nodes:
            raise AttributeError(
                f'layer "{self.name}": it was never called on a symbolic tensor, so it '
                f"has no {what}."
            )
        return self._inbound_nodes[0]

    @property
    def input(self) -> Any:
        """The symbolic input of the layer's first call."""
        return _single(self._node_inputs(self._first_node("input")))

    @property
    def output(self) -> Any:
        """The symbolic output of the layer's first call."""
        return self._first_node("output").outputs

    @property
    def input_shape(self) -> Any:
        """The shape of the input of the layer's first call."""
        return tree.map_structure(lambda leaf: tuple(leaf.shape), self.input)

    @property
    def output_shape(self) -> Any:
        """The shape of the output of the layer's first call."""
        return tree.map_structure(lambda leaf: tuple(leaf.shape), self.output)

    @property
    def input_mask(self) -> Any:
        """The mask of the input of the layer's first call."""
        return tree.map_structure(lambda leaf: leaf.mask, self.input)

    @property
    def output_mask(self) -> Any:
        """The mask of the output of the layer's first call."""
        return tree.map_structure(lambda leaf: leaf.mask, self.output)

    @staticmethod
    def _node_inputs(node: Any) -> list:
        return node.output_tensors if node.is_input else node.input_tensors

    def get_input_at(self, node_index: int) -> Any:
        """Return the symbolic input of one call."""
        return _single(self._node_inputs(self._inbound_nodes[node_index]))

    def get_output_at(self, node_index: int) -> Any:
        """Return the symbolic output of one call."""
        return self._inbound_nodes[node_index].outputs

    def get_input_shape_at(self, node_index: int) -> Any:
        """Return the shape of the input of one call."""
        inputs = self.get_input_at(node_index)
        return tree.map_structure(lambda leaf: tuple(leaf.shape), inputs)

    def get_output_shape_at(self, node_index: int) -> Any:
        """Return the shape of the output of one call."""
        outputs = self.get_output_at(node_index)
        return tree.map_structure(lambda leaf: tuple(leaf.shape), outputs)

    def stateless_call(
        self,
        trainable_variables: Any,
        non_trainable_variables: Any,
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> tuple:
        """Call the layer with other values for its Variables, changing nothing.

        Args:
            trainable_variables: Values for `trainable_variables`.
            non_trainable_variables: Values for `non_trainable_variables`.
            *args: The inputs.
            return_losses: Whether to return the losses too.
            **kwargs: More arguments of `call`.

        Returns:
            `(outputs, new non-trainable values)`, and the losses if asked for.
        """
        from kerasish.layers.stateless import stateless_call

        values = (trainable_variables, non_trainable_variables)
        return stateless_call(self, values, args, kwargs, return_losses)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        for name in _TRANSIENT:
            state[name] = []
        # The inputs it was made with may hold symbolic tensors.
        args, kwargs = state.get("_made_with", ((), {}))
        state["_made_with"] = tree.map_structure(_without_graph, (args, kwargs))
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _fresh(leaf: Any) -> Any:
    """Returns a new symbolic tensor for a tensor, a `Spec` or an array."""
    if isinstance(leaf, (Tensor, Spec)) or hasattr(leaf, "dtype"):
        return placeholder(tuple(leaf.shape), str(leaf.dtype))
    return leaf


def _without_graph(leaf: Any) -> Any:
    return None if isinstance(leaf, Tensor) and leaf.is_symbolic else leaf


def _single(tensors: list) -> Any:
    return tensors[0] if len(tensors) == 1 else list(tensors)
