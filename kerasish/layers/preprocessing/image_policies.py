"""Random sequences of changes of images: RandAugment and AugMix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasish.backend import ops, random
from kerasish.layers.arguments import positive_int
from kerasish.layers.preprocessing.base_image import (
    BaseImagePreprocessingLayer,
    factor_range,
    value_pair,
)
from kerasish.layers.preprocessing.image_colors import (
    RandomBrightness,
    RandomColorDegeneration,
    RandomContrast,
)
from kerasish.layers.preprocessing.image_filters import RandomSharpness
from kerasish.layers.preprocessing.image_geometry import (
    RandomRotation,
    RandomShear,
    RandomTranslation,
)
from kerasish.layers.preprocessing.image_histograms import Equalization
from kerasish.layers.preprocessing.image_tones import (
    AutoContrast,
    RandomPosterization,
    Solarization,
)

_COLORS = {
    "random_brightness": RandomBrightness,
    "random_color_degeneration": RandomColorDegeneration,
    "random_contrast": RandomContrast,
    "random_sharpness": RandomSharpness,
}


class BasePolicy(BaseImagePreprocessingLayer):
    """Base of the layers that choose among other layers at random.

    Args:
        value_range: Least and largest pixel value.
        factor: Strength of the changes.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: `None` or an integer.
        data_format: `"channels_last"`, `"channels_first"`, or `None`.
        colors: Whether brightness, colours, contrast and sharpness are among them.
        **kwargs: Arguments of `Layer`.
    """

    def __init__(
        self,
        value_range: Any,
        factor: Any,
        interpolation: str,
        seed: Any,
        data_format: str | None,
        colors: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        self.value_range = value_pair(value_range)
        self.factor = factor_range(factor, "factor", 0.0, 1.0)
        self.interpolation = interpolation
        shared = {
            "data_format": self.data_format,
            "dtype": self.dtype_policy,
            "bounding_box_format": self.bounding_box_format,
        }
        drawn = {**shared, "seed": seed}
        moved = {**drawn, "interpolation": interpolation}
        toned = {**drawn, "value_range": self.value_range}
        plain = {**shared, "value_range": self.value_range}
        bits = max(1, int(8 * self.factor[1]))
        self.random_shear = RandomShear(self.factor, self.factor, **moved)
        self.random_translation = RandomTranslation(self.factor, self.factor, **moved)
        self.random_rotation = RandomRotation(self.factor, **moved)
        self.random_posterization = RandomPosterization(bits, **toned)
        self.solarization = Solarization(self.factor, self.factor, **toned)
        self.auto_contrast = AutoContrast(**plain)
        self.equalization = Equalization(**plain)
        for name, cls in _COLORS.items() if colors else ():
            setattr(self, name, cls(self.factor, **toned))

    def steps(self) -> list[BaseImagePreprocessingLayer]:
        """Return the layers that are chosen from."""
        first = [
            self.random_shear,
            self.random_translation,
            self.random_rotation,
            self.random_posterization,
            self.solarization,
            self.auto_contrast,
            self.equalization,
        ]
        return first + [getattr(self, n) for n in _COLORS if hasattr(self, n)]

    def draw_steps(self, images: Any, count: int, more: int, seed: Any) -> tuple:
        """Draw which layers are applied, one after the other, and what they do.

        Args:
            images: Tensor of shape `(batch, ...)`.
            count: How many are applied.
            more: How many choices there are that do nothing.
            seed: A generator in place of the layer's own.

        Returns:
            Integers of shape `(count,)`, and what each layer drew.
        """
        seed = self.generator if seed is None else seed
        layers = self.steps()
        chosen = random.randint((count,), 0, len(layers) + more, "int32", seed)
        drawn = [
            layer.get_random_transformation(images, True, seed) for layer in layers
        ]
        return chosen, drawn

    def apply_steps(self, method: str, value: Any, chosen: Any, drawn: Sequence) -> Any:
        """Return images, masks or boxes after the chosen layers.

        Args:
            method: `"transform_images"` or its like.
            value: What the method takes first.
            chosen: Numbers of layers; a number above all does nothing.
            drawn: What each layer drew.
        """

        def branch(layer: Any, transformation: Any) -> Callable[[Any], Any]:
            return lambda x: getattr(layer, method)(x, transformation)

        branches = list(map(branch, self.steps(), drawn))
        for i in range(chosen.shape[0]):
            value = ops.switch(chosen[i], [*branches, lambda x: x], value)
        return value


class RandAugment(BasePolicy):
    """Applies a few changes to the images, chosen at random, while training.

    The choice is that of one batch: shear, translation, rotation, brightness, colours,
    contrast, sharpness, posterisation, solarisation, auto-contrast or equalisation.

    Args:
        value_range: Least and largest pixel value.
        num_ops: How many changes are applied one after the other.
        factor: Strength of the changes, in [0, 1].
        interpolation: `"bilinear"` or `"nearest"`.
        seed: `None` or an integer.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: as for `RandomFlip`, with three channels.

    Output shape: the same.

    Reference:
        Cubuk et al., 2019, "RandAugment: practical automated data augmentation with a
        reduced search space".

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandAugment(seed=1)
    >>> layer(keras.ops.ones((2, 4, 4, 3)), training=True).shape
    (2, 4, 4, 3)
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        num_ops: int = 2,
        factor: Any = 0.5,
        interpolation: str = "bilinear",
        seed: Any = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            value_range, factor, interpolation, seed, data_format, True, **kwargs
        )
        self.num_ops = positive_int(num_ops, "num_ops")

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw the changes and what they do."""
        return self.draw_steps(data, self.num_ops, 0, seed)

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the changed images."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        return self.apply_steps("transform_images", images, *transformation)

    def transform_segmentation_masks(
        self, masks: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the masks, moved as the images."""
        masks = ops.cast(masks, self.compute_dtype)
        if not training:
            return masks
        return self.apply_steps("transform_segmentation_masks", masks, *transformation)

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the boxes, moved as the images."""
        if not training:
            return bounding_boxes
        return self.apply_steps(
            "transform_bounding_boxes", bounding_boxes, *transformation
        )


class AugMix(BasePolicy):
    """Mixes the images with several versions of them, while training.

    Each version went through a chain of changes, chosen at random for the batch as in
    `RandAugment`. The weights of the versions are drawn from a Dirichlet distribution,
    that of the images themselves from a beta distribution.

    Args:
        value_range: Least and largest pixel value.
        num_chains: Number of versions.
        chain_depth: Number of changes in a chain; some of them do nothing.
        factor: Strength of the changes, in [0, 1].
        alpha: Parameter of both distributions.
        all_ops: Whether brightness, colours, contrast and sharpness are changed too.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: `None` or an integer.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: as for `RandomFlip`, with three channels.

    Output shape: the same.

    Reference:
        Hendrycks et al., 2019, "AugMix: a simple data processing method to improve
        robustness and uncertainty".

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.AugMix(seed=1)
    >>> layer(keras.ops.ones((2, 4, 4, 3)), training=True).shape
    (2, 4, 4, 3)
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        num_chains: int = 3,
        chain_depth: int = 3,
        factor: Any = 0.3,
        alpha: float = 1.0,
        all_ops: bool = True,
        interpolation: str = "bilinear",
        seed: Any = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            value_range, factor, interpolation, seed, data_format, all_ops, **kwargs
        )
        self.num_chains = positive_int(num_chains, "num_chains")
        self.chain_depth = positive_int(chain_depth, "chain_depth")
        self.alpha = alpha
        self.all_ops = all_ops

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw the weights, and the changes of each chain."""
        generator = self.generator if seed is None else seed
        shares = random.gamma((self.num_chains,), self.alpha, "float32", generator)
        kept = random.beta((), self.alpha, self.alpha, "float32", generator)
        return {
            "chain_mixing_weights": shares / ops.sum(shares),
            "weight_sample": kept,
            "chain_transforms": [
                self.draw_steps(data, self.chain_depth, 1, generator)
                for _ in range(self.num_chains)
            ],
        }

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images, mixed with their versions."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        mixed = self._mixed("transform_images", images, transformation)
        return ops.clip(mixed, *self.value_range)

    def transform_segmentation_masks(
        self, masks: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the masks, mixed in the same way."""
        masks = ops.cast(masks, self.compute_dtype)
        if not training:
            return masks
        return self._mixed("transform_segmentation_masks", masks, transformation)

    def _mixed(self, method: str, value: Any, drawn: Any) -> Any:
        shares = ops.cast(drawn["chain_mixing_weights"], self.compute_dtype)
        kept = ops.cast(drawn["weight_sample"], self.compute_dtype)
        versions = sum(
            shares[i] * self.apply_steps(method, value, *chain)
            for i, chain in enumerate(drawn["chain_transforms"])
        )
        return kept * value + (1.0 - kept) * versions
