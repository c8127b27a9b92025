"""Layers around models of other frameworks, which cannot be used here."""

from __future__ import annotations

from typing import Any

from kerasish.layers.layer import Layer


class ForeignLayer(Layer):
    """Base of the layers that need another framework: making one is refused.

    Args:
        *args: Not used.
        **kwargs: Not used.

    Raises:
        NotImplementedError: Always.

    Example:

    >>> import kerasish as keras
    >>> try:
    ...     keras.layers.TFSMLayer("model")
    ... except NotImplementedError as error:
    ...     print(error)
    TFSMLayer needs TensorFlow; build the model from layers instead.
    """

    framework = "another framework"

    def _refuse(self) -> None:
        raise NotImplementedError(
            f"{type(self).__name__} needs {self.framework}; build the model from "
            "layers instead."
        )


class TorchModuleWrapper(ForeignLayer):
    __doc__ = ForeignLayer.__doc__
    framework = "PyTorch"

    def __init__(
        self, module: Any, name: str | None = None, output_shape: Any = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        self._refuse()


class JaxLayer(ForeignLayer):
    __doc__ = ForeignLayer.__doc__
    framework = "JAX"

    def __init__(
        self, call_fn: Any, init_fn: Any = None, params: Any = None, state: Any = None,
        seed: Any = None, native_serialization_platforms: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        self._refuse()


class FlaxLayer(ForeignLayer):
    __doc__ = ForeignLayer.__doc__
    framework = "Flax"

    def __init__(
        self, module: Any, method: Any = None, variables: Any = None, **kwargs: Any
    ) -> None:
        self._refuse()


class TFSMLayer(ForeignLayer):
    __doc__ = ForeignLayer.__doc__
    framework = "TensorFlow"

    def __init__(
        self, filepath: Any, call_endpoint: str = "serve",
        call_training_endpoint: Any = None, trainable: bool = True,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        self._refuse()


class DenseFeatures(ForeignLayer):
    __doc__ = ForeignLayer.__doc__
    framework = "the feature columns of TensorFlow"

    def __init__(
        self, feature_columns: Any, trainable: bool = True, name: str | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        self._refuse()
