"""Operations that functional models of files have in the place of layers."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from kerasish.backend.graph import as_tensor, get_op
from kerasish.registry import get_registered_object
from kerasish.serialization import deserialize_keras_object

# Classes of operations whose functions have other names.
_OTHER_NAMES = {
    "batchnorm": "batch_normalization",
    "layernorm": "layer_normalization",
    "rmsnorm": "rms_normalization",
}


def read_operation(description: Mapping[str, Any]) -> Callable | None:
    """Return what a described operation does, `None` if a layer is described.

    Args:
        description: Has `class_name` and `config`, and maybe `module`.

    Returns:
        A function of tensors.

    Raises:
        ValueError: If the operation is not known here.

    Example:

    >>> read_operation({"class_name": "Dense", "config": {}}) is None
    True
    >>> module = "keras.src.ops.numpy"
    >>> add = read_operation({"module": module, "class_name": "Add", "config": {}})
    >>> add(1, 2).numpy().item()
    3
    """
    class_name, config = description["class_name"], description["config"]
    module = description.get("module") or ""
    if class_name == "OpStep":
        return _EngineOp(config)
    if get_registered_object(class_name) is not None:
        return None
    if class_name in ("TFOpLambda", "SlicingOpLambda"):
        from kerasish.saving.upgrade.tensorflow_functions import tensorflow_function

        return tensorflow_function(config["function"])
    if class_name == "TensorFlowOpLayer":
        from kerasish.saving.upgrade.tensorflow_nodes import tensorflow_node

        return tensorflow_node(config["node_def"], config.get("constants") or {})
    if module.startswith(("keras.src.ops", "keras.ops")):
        return _PublicOp(class_name, config)
    if not module and _is_operation(description):
        return _PublicOp(class_name, config)
    return None


def _is_operation(description: Mapping[str, Any]) -> bool:
    """Tell an operation from a layer where the module is left out, as HDF5 files do."""
    from kerasish.layers import lookup

    class_name, config = description["class_name"], description["config"]
    if _folded(class_name) not in _functions() or not isinstance(config, Mapping):
        return False
    calls = description.get("inbound_nodes") or [None]
    modern = isinstance(calls[0], Mapping) and "args" in calls[0]
    # Layers say whether they are trainable.
    return lookup.registry.find(class_name) is None or (
        modern and "trainable" not in config
    )


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


@functools.cache
def _functions() -> dict[str, str]:
    """Names of functions, each by the name without capitals and underscores."""
    from kerasish import ops

    return {_folded(name): name for name in dir(ops)}


class _EngineOp:
    """Applies an op that a model used outside its layers.

    Args:
        config: Has `op`, its name, and `attrs`.
    """

    def __init__(self, config: Mapping[str, Any]):
        self.op = config["op"]
        self.attrs = deserialize_keras_object(config["attrs"])

    def __call__(self, *inputs: Any) -> Any:
        return get_op(self.op)(*[as_tensor(x) for x in inputs], **self.attrs)


class _PublicOp:
    """Applies the function that a Keras 3 operation object stands for.

    Args:
        class_name: The name of the operation's class, such as `'NotEqual'`.
        config: Its arguments.
    """

    def __init__(self, class_name: str, config: Mapping[str, Any]):
        from kerasish import ops

        key = _folded(class_name)
        name = _OTHER_NAMES.get(key) or _functions().get(key)
        if name is None:
            raise ValueError(
                f"The operation {class_name!r} of Keras 3 does not exist here.\n"
                f"Received: config={dict(config)!r}"
            )
        self.name = name
        self.function = getattr(ops, name)
        known = inspect.signature(self.function).parameters
        self.positional = [
            key
            for key, parameter in known.items()
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        ]
        self.options = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in deserialize_keras_object(dict(config)).items()
            if key in known and not isinstance(value, Mapping)
        }

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        options = {**self.options, **kwargs}
        if self.name == "get_item" and isinstance(args[1], list):
            args = (args[0], tuple(args[1]))
        # The arguments of a call fill the places that the configuration left free.
        free = [name for name in self.positional if name not in options]
        options.update(zip(free, args))
        if len(args) <= len(free):
            return self.function(**options)
        first = [options.pop(name) for name in self.positional]
        return self.function(*first, *args[len(free) :], **options)
