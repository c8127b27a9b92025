"""A recurrent layer in both directions of time."""

from __future__ import annotations

from typing import Any

from kerasish import tree
from kerasish.backend import ops
from kerasish.layers.layer import Layer
from kerasish.serialization import deserialize_keras_object, serialize_keras_object

_MODES = ("sum", "mul", "concat", "ave", None)


class Bidirectional(Layer):
    """Runs a recurrent layer forwards and a copy of it backwards over time.

    Where all time steps are returned, those that are masked are zero.

    Args:
        layer: A recurrent layer such as `LSTM`. It is copied, not used itself.
        merge_mode: How the outputs are merged: `"concat"`, `"sum"`, `"mul"`, `"ave"`,
            or `None` for a tuple of both.
        weights: List of arrays for the weights of the first direction and the other.
        backward_layer: Another layer for the backward direction, with
            `go_backwards=True`.

    Call arguments:
        sequences: Tensor of shape `(batch, time, features)`.
        initial_state: List of first states of both directions.
        mask: Boolean tensor of shape `(batch, time)`.
        training: Handed on to the layers.
        constants: Handed on to the cells of both directions; see `RNN`.

    Output shape: the layer's, with the last axis doubled by `"concat"`; with states, a
    tuple of it, the forward states and the backward states.

    Raises:
        ValueError: If the layer is no recurrent layer or the backward layer does not
            fit it.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Bidirectional(keras.layers.LSTM(4))
    >>> layer(keras.ops.ones((2, 5, 3))).shape
    (2, 8)
    """

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **kwargs: Any,
    ) -> None:
        for given in (layer, backward_layer):
            self._check_layer(given, optional=given is backward_layer)
        if merge_mode not in _MODES:
            raise ValueError(
                f"`merge_mode` must be one of {_MODES}.\n"
                f"Received: merge_mode={merge_mode!r}"
            )
        super().__init__(weights=weights, **kwargs)
        self.merge_mode = merge_mode
        plain = layer.name.removeprefix("forward_")
        self.forward_layer = _copied(layer, f"forward_{plain}", layer.go_backwards)
        if backward_layer is None:
            self.backward_layer = _copied(
                layer, f"backward_{plain}", not layer.go_backwards
            )
        else:
            own = backward_layer.name.removeprefix("backward_")
            self.backward_layer = _copied(
                backward_layer, f"backward_{own}", backward_layer.go_backwards
            )
            self._check_pair()
        for side in (self.forward_layer, self.backward_layer):
            if hasattr(side, "zero_output_for_mask"):
                side.zero_output_for_mask = side.return_sequences
        self.stateful = layer.stateful
        self.supports_masking = True

    @staticmethod
    def _check_layer(layer: Any, optional: bool = False) -> None:
        if layer is None and optional:
            return
        needed = ("call", "go_backwards", "return_sequences", "return_state")
        if not isinstance(layer, Layer) or not all(hasattr(layer, n) for n in needed):
            raise ValueError(
                "Bidirectional is made around a recurrent layer, with attributes "
                f"`go_backwards`, `return_sequences` and `return_state`.\n"
                f"Received: {layer!r}"
            )

    def _check_pair(self) -> None:
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ValueError(
                "The two layers must have different values of `go_backwards`.\n"
                f"Received: go_backwards={forward.go_backwards} for both"
            )
        for name in ("stateful", "return_sequences", "return_state"):
            if getattr(forward, name) != getattr(backward, name):
                raise ValueError(
                    f"The two layers must have the same value of `{name}`."
                )

    @property
    def layer(self) -> Any:
        """The forward layer."""
        return self.forward_layer

    @property
    def return_sequences(self) -> bool:
        """Whether the output has all time steps."""
        return self.forward_layer.return_sequences

    @property
    def return_state(self) -> bool:
        """Whether the last states are returned too."""
        return self.forward_layer.return_state

    @property
    def go_backwards(self) -> bool:
        """Whether the first direction is backwards."""
        return self.forward_layer.go_backwards

    def build(
        self,
        sequences_shape: Any,
        initial_state_shape: Any = None,
        constants_shape: Any = None,
    ) -> None:
        """Build both layers for inputs of this shape."""
        more = {"constants_shape": constants_shape} if constants_shape else {}
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape, **more)

    def call(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool | None = None,
        constants: Any = None,
    ) -> Any:
        """Return the merged outputs of both directions."""
        sequences, initial_state, constants = self.forward_layer.parted(
            sequences, initial_state, constants
        )
        first = second = None
        if initial_state is not None:
            first, second = self._halves(initial_state)
        arguments = {"mask": mask, "training": training}
        if constants is not None:
            arguments["constants"] = constants
        forward = self.forward_layer(sequences, initial_state=first, **arguments)
        backward = self.backward_layer(sequences, initial_state=second, **arguments)
        states = []
        if self.return_state:
            forward, *states = forward
            backward, *more = backward
            states += more
        if self.return_sequences:
            time = 0 if getattr(self.forward_layer, "time_major", False) else 1
            backward = ops.flip(backward, axis=time)
        output = self._merged(forward, backward)
        if not self.return_state:
            return output
        return (*output, *states) if self.merge_mode is None else (output, *states)

    def _halves(self, initial_state: Any) -> tuple[list, list]:
        """The states of the first direction and of the other."""
        listed = isinstance(initial_state, (list, tuple))
        if not listed or len(initial_state) % 2:
            raise ValueError(
                f'layer "{self.name}": `initial_state` must be a list of the states of '
                "the first direction and as many of the other.\n"
                f"Received: initial_state={initial_state!r}"
            )
        half = len(initial_state) // 2
        return list(initial_state[:half]), list(initial_state[half:])

    def _merged(self, forward: Any, backward: Any) -> Any:
        if self.merge_mode == "concat":
            return ops.concatenate([forward, backward], axis=-1)
        if self.merge_mode == "sum":
            return forward + backward
        if self.merge_mode == "ave":
            return (forward + backward) / 2
        if self.merge_mode == "mul":
            return forward * backward
        return forward, backward

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the output, `None` for the states."""
        kept = tree.flatten(mask)[0] if self.return_sequences else None
        return (kept, kept) if self.merge_mode is None else kept

    def reset_state(self) -> None:
        """Set the states of stateful layers to those of fresh sequences."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self) -> None:
        """Set the states of stateful layers to those of fresh sequences."""
        self.reset_state()

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        config.pop("weights", None)
        config["layer"] = serialize_keras_object(self.forward_layer)
        config["backward_layer"] = serialize_keras_object(self.backward_layer)
        return config

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None
    ) -> Bidirectional:
        """Make a layer from what `get_config` returned."""
        config = dict(config)
        config.pop("num_constants", None)  # The inner layers' own says it.
        for name in ("layer", "backward_layer"):
            if config.get(name) is not None:
                config[name] = deserialize_keras_object(config[name], custom_objects)
        zero_output = getattr(config.get("layer"), "zero_output_for_mask", None)
        made = super().from_config(config)
        if zero_output is not None:
            # Keras without TensorFlow wrote layers that do not zero their output.
            for side in (made.forward_layer, made.backward_layer):
                side.zero_output_for_mask = zero_output
        return made


def _copied(layer: Any, name: str, go_backwards: bool) -> Any:
    """Returns a new layer with the same arguments but two."""
    config = {**layer.get_config(), "name": name, "go_backwards": go_backwards}
    return type(layer).from_config(config)
