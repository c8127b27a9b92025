"""What all pooling layers share."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.ops.convolution_padding import (
    check_padding,
    spatial_tuple,
    standardize_data_format,
)
from kerasish.layers.input_spec import InputSpec
from kerasish.layers.layer import Layer


class BasePooling(Layer):
    """Base of the layers that pool over windows.

    Args:
        pool_size: Sizes of the window.
        strides: Steps of the window; `None` for its sizes.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"`, `"channels_first"`, or `None`.
        name: Name of the layer.
        **kwargs: Arguments of `Layer`.
    """

    _builds_nothing = True
    rank = 2
    operation = "max_pool"

    def __init__(
        self,
        pool_size: Any,
        strides: Any,
        padding: str,
        data_format: str | None,
        name: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.pool_size = spatial_tuple(pool_size, self.rank, "pool_size")
        strides = pool_size if strides is None else strides
        self.strides = spatial_tuple(strides, self.rank, "strides")
        self.padding = check_padding(padding)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        """Return the pooled inputs."""
        return getattr(ops, self.operation)(
            inputs,
            self.pool_size,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
        )


class BaseGlobalPooling(Layer):
    """Base of the layers that pool over all of space.

    Args:
        data_format: `"channels_last"`, `"channels_first"`, or `None`.
        keepdims: Whether the pooled axes stay, with size 1.
        **kwargs: Arguments of `Layer`.
    """

    _builds_nothing = True
    rank = 2

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def spatial_axes(self) -> tuple[int, ...]:
        """The axes that are pooled."""
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self.rank))


class BaseAdaptivePooling(Layer):
    """Base of the layers that pool to a given size.

    Args:
        output_size: Number of windows, one integer or one an axis.
        data_format: `"channels_last"`, `"channels_first"`, or `None`.
        **kwargs: Arguments of `Layer`.
    """

    rank = 2
    operation = "adaptive_max_pool"

    def __init__(
        self, output_size: Any, data_format: str | None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.output_size = spatial_tuple(output_size, self.rank, "output_size")
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        """Return the pooled inputs."""
        return getattr(ops, self.operation)(
            inputs, self.output_size, data_format=self.data_format
        )
