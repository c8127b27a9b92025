"""Kernels that are trained by a correction of low rank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasish import initializers
from kerasish.backend import ops
from kerasish.backend.graph import Variable, eager_scope, stop_recording
from kerasish.layers.layer import Layer


class LowRankLayer(Layer):
    """Base of the layers with one large matrix, which low-rank adaptation can train.

    With `enable_lora(rank)` the matrix is frozen, and the product of two small ones,
    times `lora_alpha / rank`, is added to it. Saved weights hold the sum.

    Args:
        lora_rank: The rank with which adaptation begins when the layer is built.
        lora_alpha: The factor of the correction times the rank; the rank by default.
        **kwargs: Arguments of `Layer`.

    Reference:
        Hu et al., 2021, "LoRA: low-rank adaptation of large language models".
    """

    # The name of the matrix, and the beginning of the names of its arguments.
    _adapted = "kernel"

    def __init__(
        self,
        *,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        **kwargs: Any,
    ) -> None:
        if kwargs.pop("quantization_config", None) is not None:
            self.quantize()
        super().__init__(**kwargs)
        self.lora_rank = lora_rank
        self.lora_alpha = lora_rank if lora_alpha is None else lora_alpha
        self.lora_enabled = False

    def _after_build(self) -> None:
        super()._after_build()
        if self.lora_rank and not self.lora_enabled:
            self.enable_lora(self.lora_rank, self.lora_alpha)

    def enable_lora(
        self,
        rank: int,
        lora_alpha: float | None = None,
        a_initializer: Any = "he_uniform",
        b_initializer: Any = "zeros",
    ) -> None:
        """Freeze the matrix and begin to train a correction of low rank.

        Args:
            rank: Rank of the correction.
            lora_alpha: Its factor times the rank; the rank by default.
            a_initializer: Initializer of the first matrix, of shape `(..., rank)`.
            b_initializer: Initializer of the second matrix, of shape `(rank, width)`.

        Raises:
            ValueError: If the layer is not built, is adapted already, or constrains
                its matrix.
        """
        name = self._adapted
        if getattr(self, f"{name}_constraint", None) is not None:
            raise ValueError(
                f'layer "{self.name}": low-rank adaptation does not go with a '
                f"`{name}_constraint`."
            )
        if not self.built:
            raise ValueError(
                f'layer "{self.name}": build it before low-rank adaptation is enabled.'
            )
        if self.lora_enabled:
            raise ValueError(
                f'layer "{self.name}": low-rank adaptation is already enabled; this '
                "can be done once."
            )
        base = self._base()
        shapes = ((*base.shape[:-1], rank), (rank, base.shape[-1]))
        for letter, shape, initializer in zip(
            "ab", shapes, (a_initializer, b_initializer)
        ):
            weight = self.add_weight(
                name=f"lora_{name}_{letter}",
                shape=shape,
                initializer=initializers.get(initializer),
                dtype="float32",
                regularizer=getattr(self, f"{name}_regularizer", None),
            )
            weight.path = f"{self.path}/{weight.name}"
            setattr(self, f"lora_{name}_{letter}", weight)
        base.trainable = False
        self.lora_rank = rank
        self.lora_alpha = rank if lora_alpha is None else lora_alpha
        self.lora_enabled = True

    def _base(self) -> Variable:
        return self.__dict__[f"_{self._adapted}"]

    def _small(self) -> tuple[Variable, Variable]:
        name = self._adapted
        return getattr(self, f"lora_{name}_a"), getattr(self, f"lora_{name}_b")

    def _summed(self) -> Any:
        """Return the matrix, with its correction if there is one."""
        base = self.__dict__.get(f"_{self._adapted}")
        if base is None:
            raise AttributeError(
                f"{type(self).__name__} has no attribute {self._adapted!r} before it "
                "is built."
            )
        if not self.lora_enabled:
            return base
        first, second = self._small()
        change = (self.lora_alpha / self.lora_rank) * ops.matmul(first, second)
        return ops.add(base, ops.cast(change, base.dtype))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        for name in ("lora_rank", "lora_alpha"):
            if config.get(name) is None:
                config.pop(name, None)
        return config

    def stores_otherwise(self) -> bool:
        """Tell whether it has its own way to store its weights."""
        own = type(self).load_own_variables is not LowRankLayer.load_own_variables
        return own or self.lora_enabled

    def save_own_variables(self, store: Any) -> None:
        """Put the weights into a store, with the correction added to the matrix."""
        small = {id(weight) for weight in self._small()} if self.lora_enabled else set()
        with eager_scope(), stop_recording():
            summed = self._summed() if self.lora_enabled else None
        kept = [weight for weight in self.weights if id(weight) not in small]
        for number, weight in enumerate(kept):
            is_base = self.lora_enabled and weight is self._base()
            store[str(number)] = np.asarray(summed if is_base else weight.numpy())

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Set the weights from a store; a correction begins at zero again."""
        if not self.lora_enabled:
            super().load_own_variables(store)
            return
        small = self._small()
        kept = [w for w in self.weights if not any(w is part for part in small)]
        for number, weight in enumerate(kept):
            weight.assign(store[str(number)])
        for weight in small:
            weight.assign(np.zeros(weight.shape, "float32"))


class LowRankKernel(LowRankLayer):
    """Base of the layers whose `kernel` low-rank adaptation can train.

    Args:
        **kwargs: Arguments of `LowRankLayer`.
    """

    @property
    def kernel(self) -> Any:
        """The kernel, with the correction of low-rank adaptation."""
        return self._summed()

    @kernel.setter
    def kernel(self, value: Any) -> None:
        self._kernel = value
