"""Golden cases: layers that change images with labels, masks and boxes.

What the layers draw is held fixed: by factors with equal ends, or because it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.compat.layer_case import generator

IMAGE, FIRST, SQUARE = (3, 6, 8, 3), (3, 3, 6, 8), (3, 7, 7, 3)
FULL, BOTH = (0, 255), (1.0, 1.0)
ORDER = np.array([2, 0, 1], "int32")


@dataclass
class AugmentationCase:
    """One call of a layer on images or on a dictionary.

    Attributes:
        make: Builds the layer from a module of layers.
        shape: Shape of the images.
        parts: What the dictionary holds besides images; nothing for plain images.
        drawn: What the layer would draw, passed to its methods.
        high: Largest pixel value.
        integers: Whether pixels are whole numbers.
        training: Whether the layer trains.
        form: Format of the boxes.
    """

    make: Callable[[Any], Any]
    shape: tuple = IMAGE
    parts: tuple = ()
    drawn: dict | None = None
    high: float = 255.0
    integers: bool = False
    training: bool = True
    form: str = "xyxy"

    def data(self, name: str) -> Any:
        """Return the images or the dictionary."""
        rng = generator(name)
        images = rng.uniform(0.0, self.high, self.shape).astype("float32")
        if self.integers:
            images = np.floor(images)
        if not self.parts:
            return images
        batch = self.shape[:-3]
        found = {
            "images": images,
            "labels": rng.uniform(0, 1, (*batch, 4)).astype("float32"),
            "segmentation_masks": rng.integers(0, 4, (*self.shape[:-1], 1)).astype(
                "float32"
            ),
            "bounding_boxes": {
                "boxes": self._boxes(rng, batch),
                "labels": rng.integers(0, 5, (*batch, 2)).astype("float32"),
            },
        }
        return {name: found[name] for name in ("images", *self.parts)}

    def _boxes(self, rng: np.random.Generator, batch: tuple) -> np.ndarray:
        height, width = self.shape[-3:-1]
        corner = rng.uniform(0, 0.5, (*batch, 2, 2))
        span = rng.uniform(0.2, 0.45, (*batch, 2, 2))
        numbers = np.concatenate([corner, corner + span], axis=-1)
        if self.form == "xywh":
            numbers = np.concatenate([corner, span], axis=-1)
        if not self.form.startswith("rel"):
            numbers = numbers * [width, height, width, height]
        return numbers.astype("float32")

    def run(self, layer: Any, name: str) -> Any:
        """Return what the layer makes of the data."""
        data = self.data(name)
        if self.drawn is None:
            return layer(data, training=self.training)
        parts = data if isinstance(data, dict) else {"images": data}
        return {
            part: getattr(layer, f"transform_{part}")(value, self.drawn)
            for part, value in parts.items()
        }


def _case(make: Callable, *args: Any, **options: Any) -> AugmentationCase:
    return AugmentationCase(make, *args, **options)


def _both_formats(name: str, make: Callable, **options: Any) -> dict:
    """One case with the channels last, and one with the channels first."""
    return {
        name: _case(lambda L: make(L), **options),
        f"{name}_first": _case(
            lambda L: make(L, data_format="channels_first"), FIRST, **options
        ),
    }


def _tones() -> dict:
    factors = {"factor": np.array([0.2, 0.7, 0.45], "float32")}
    bits = {"shift_factor": np.array([1, 5, 7], "uint8")}
    steps = {
        "additions": np.array([3.0, 60.0, 0.0], "float32").reshape(3, 1, 1, 1),
        "thresholds": np.array([100.0, 0.0, 200.0], "float32").reshape(3, 1, 1, 1),
    }
    some = {"apply_inversion": np.array([True, False, True])}
    unit = {"high": 1.0}

    def spread(L: Any, **options: Any) -> Any:
        return L.ContrastLimitedAdaptiveHistogramEqualization(
            tile_grid_size=(2, 3), **options
        )

    return {
        "auto_contrast": _case(lambda L: L.AutoContrast()),
        "auto_contrast_unit": _case(lambda L: L.AutoContrast((0, 1)), **unit),
        "auto_contrast_one": _case(lambda L: L.AutoContrast(), IMAGE[1:]),
        "auto_contrast_test": _case(lambda L: L.AutoContrast(), training=False),
        **_both_formats("solarization", lambda L, **k: L.Solarization(**k)),
        "solarization_drawn": _case(lambda L: L.Solarization(), drawn=steps),
        "solarization_unit": _case(
            lambda L: L.Solarization(value_range=(0, 1)), drawn=steps, **unit
        ),
        **_both_formats(
            "posterization", lambda L, **k: L.RandomPosterization((3, 3), **k)
        ),
        "posterization_drawn": _case(lambda L: L.RandomPosterization(4), drawn=bits),
        "posterization_unit": _case(
            lambda L: L.RandomPosterization((2, 2), (0, 1)), **unit
        ),
        **_both_formats("invert", lambda L, **k: L.RandomInvert(BOTH, **k)),
        "invert_drawn": _case(lambda L: L.RandomInvert(), drawn=some),
        "invert_none": _case(lambda L: L.RandomInvert(0.0)),
        **_both_formats("equalization", lambda L, **k: L.Equalization(**k)),
        "equalization_whole": _case(lambda L: L.Equalization(), integers=True),
        "equalization_bins": _case(lambda L: L.Equalization((0, 1), 8), **unit),
        "equalization_test": _case(lambda L: L.Equalization(), training=False),
        **_both_formats("clahe", spread),
        "clahe_sharp": _case(lambda L: spread(L, clip_limit=0.0)),
        "clahe_unit": _case(lambda L: spread(L, value_range=(0, 1)), **unit),
        "clahe_one": _case(spread, IMAGE[1:]),
        "clahe_tiles": _case(
            lambda L: L.ContrastLimitedAdaptiveHistogramEqualization(clip_limit=2.0),
            (2, 17, 20, 2),
        ),
        **_both_formats("hue", lambda L, **k: L.RandomHue(BOTH, **k)),
        "hue_drawn": _case(lambda L: L.RandomHue(0.5), drawn=factors),
        "hue_unit": _case(lambda L: L.RandomHue(BOTH, (0, 1)), **unit),
        **_both_formats(
            "saturation", lambda L, **k: L.RandomSaturation((0.3, 0.3), (0, 1), **k)
        ),
        "saturation_drawn": _case(
            lambda L: L.RandomSaturation(0.5, (0, 1)), drawn=factors, **unit
        ),
        "saturation_grey": _case(lambda L: L.RandomSaturation((0.0, 0.0))),
        "color_jitter": _case(
            lambda L: L.RandomColorJitter(
                FULL, (0.2, 0.2), 0.0, (0.4, 0.4), BOTH, seed=1
            )
        ),
        "color_jitter_bright": _case(
            lambda L: L.RandomColorJitter(FULL, brightness_factor=(-0.3, -0.3), seed=1)
        ),
        "color_jitter_test": _case(
            lambda L: L.RandomColorJitter(hue_factor=0.3), training=False
        ),
        "color_jitter_none": _case(lambda L: L.RandomColorJitter()),
    }


def _filters() -> dict:
    factors = {"factor": np.array([0.2, 0.9, 0.5], "float32")}
    blur = {
        "should_apply_blur": np.array([True, False, True]),
        "blur_factor": np.array([0.4, 0.9], "float32"),
    }
    return {
        **_both_formats("sharpness", lambda L, **k: L.RandomSharpness((0.8, 0.8), **k)),
        "sharpness_drawn": _case(lambda L: L.RandomSharpness(0.5), drawn=factors),
        "sharpness_test": _case(lambda L: L.RandomSharpness(0.5), training=False),
        **_both_formats(
            "blur",
            lambda L, **k: L.RandomGaussianBlur(BOTH, 3, (0.7, 0.7), **k),
        ),
        "blur_window": _case(lambda L: L.RandomGaussianBlur(BOTH, (5, 5), (0.9, 0.9))),
        "blur_drawn": _case(lambda L: L.RandomGaussianBlur(1.0, 5), drawn=blur),
        "blur_none": _case(lambda L: L.RandomGaussianBlur(0.0)),
        "erasing_none": _case(lambda L: L.RandomErasing(0.0)),
        **_both_formats(
            "erasing_all", lambda L, **k: L.RandomErasing(BOTH, BOTH, 7, **k)
        ),
        "erasing_colors": _case(lambda L: L.RandomErasing(BOTH, BOTH, (1, 2, 300))),
        "elastic_none": _case(lambda L: L.RandomElasticTransform(0.0)),
        "elastic_still": _case(lambda L: L.RandomElasticTransform(1.0, 0.0)),
        "policy_test": _case(lambda L: L.RandAugment(), training=False),
        "mix_test": _case(lambda L: L.AugMix(), training=False),
        "pipeline_sizes": _case(
            lambda L: L.Pipeline([L.Resizing(4, 5), L.Rescaling(0.5)])
        ),
        "pipeline_one": _case(lambda L: L.Pipeline([L.RandomInvert(BOTH)])),
        "pipeline_test": _case(
            lambda L: L.Pipeline([L.RandomInvert(BOTH), L.CenterCrop(4, 4)]),
            training=False,
        ),
        "pipeline": _case(
            lambda L: L.Pipeline([L.AutoContrast(), L.RandomSharpness((0.2, 0.2))])
        ),
    }


def _mixing() -> dict:
    weights = {
        "permutation_order": ORDER,
        "mix_weight": np.array([0.2, 0.9, 0.5], "float32"),
    }
    patch = np.zeros(IMAGE, bool)
    patch[0, 1:4, 2:5], patch[2, :3] = True, True
    cut = {**weights, "batch_masks": patch}
    other = {
        "permutation_order": np.array([1, 2, 0], "int32"),
        "mix_weight": np.array([0.0, 1.0, 0.4], "float32"),
    }
    erased = {
        "apply_erasing": np.array([True, True, False]),
        "batch_masks": patch,
        "fill_value": np.full(IMAGE, 9.0, "float32"),
    }
    return {
        "mix_up": _case(lambda L: L.MixUp(), parts=("labels",), drawn=weights),
        "mix_up_other": _case(lambda L: L.MixUp(0.5), parts=("labels",), drawn=other),
        "mix_up_first": _case(
            lambda L: L.MixUp(data_format="channels_first"), FIRST, drawn=weights
        ),
        "mix_up_test": _case(lambda L: L.MixUp(), parts=("labels",), training=False),
        "cut_mix_other": _case(
            lambda L: L.CutMix(0.5), parts=("labels",), drawn={**other, **_patch(patch)}
        ),
        "cut_mix": _case(lambda L: L.CutMix(), parts=("labels",), drawn=cut),
        "cut_mix_masks": _case(
            lambda L: L.CutMix(),
            parts=("segmentation_masks",),
            drawn={**cut, "batch_masks": patch[..., :1]},
        ),
        "cut_mix_one": _case(lambda L: L.CutMix(), IMAGE[1:]),
        "erasing_drawn": _case(lambda L: L.RandomErasing(), drawn=erased),
    }


def _patch(mask: np.ndarray) -> dict:
    return {"batch_masks": ~mask}


def _turned() -> dict:
    """Flips and shears, given under the names of both libraries."""
    sizes = {"input_shape": IMAGE, "sizes": IMAGE[1:3]}
    flips = {"flips": np.array([True, False, True]).reshape(3, 1, 1, 1), **sizes}
    slopes = np.array([[0.3, 0.0], [-0.2, 0.1], [0.0, -0.4]], "float32")
    maps = np.zeros((3, 8), "float32")
    maps[:, [0, 4]], maps[:, 1], maps[:, 3] = 1.0, slopes[:, 0], slopes[:, 1]
    shears = {"shear_factor": slopes, "maps": maps, **sizes}
    return {
        "flip_drawn": _case(lambda L: L.RandomFlip(), drawn=flips),
        "flip_up": _case(
            lambda L: L.RandomFlip("vertical", bounding_box_format="xyxy"),
            parts=("bounding_boxes",),
            drawn=flips,
        ),
        "shear_drawn": _case(lambda L: L.RandomShear(0.5, 0.5), drawn=shears),
        "shear_constant": _case(
            lambda L: L.RandomShear(
                0.5, 0.5, fill_mode="constant", interpolation="nearest"
            ),
            drawn=shears,
        ),
    }


def _corners() -> dict:
    start = np.array([[0, 0], [7, 0], [0, 5], [7, 5]], "float32")
    start = np.repeat(start[None], 3, axis=0)
    parts = np.random.default_rng(7).uniform(-0.3, 0.3, start.shape).astype("float32")
    chosen = np.array([True, False, True])
    return {
        # The same choice under the names of both libraries.
        "apply_perspective": chosen,
        "chosen": chosen,
        "start_points": start,
        "end_points": start + start * parts,
        "input_shape": IMAGE,
        "sizes": IMAGE[1:3],
    }


def _geometry() -> dict:
    all_parts = ("bounding_boxes", "labels", "segmentation_masks")
    shapes = {"parts": all_parts, "shape": IMAGE}
    makers: dict[str, Callable] = {
        "flip": lambda L, **k: L.RandomFlip("horizontal", seed=1, **k),
        "translation": lambda L, **k: L.RandomTranslation(
            (0.2, 0.2), (-0.1, -0.1), **k
        ),
        "zoom": lambda L, **k: L.RandomZoom((0.3, 0.3), (-0.2, -0.2), **k),
        "resize": lambda L, **k: L.Resizing(9, 4, interpolation="nearest", **k),
        "resize_pad": lambda L, **k: L.Resizing(9, 4, pad_to_aspect_ratio=True, **k),
        "resize_crop": lambda L, **k: L.Resizing(9, 4, crop_to_aspect_ratio=True, **k),
        "crop": lambda L, **k: L.CenterCrop(4, 5, **k),
        "crop_small": lambda L, **k: L.CenterCrop(9, 4, **k),
        "most_boxes": lambda L, **k: L.MaxNumBoundingBoxes(1, **k),
        "same_boxes": lambda L, **k: L.MaxNumBoundingBoxes(2, **k),
        "filled_boxes": lambda L, **k: L.MaxNumBoundingBoxes(4, fill_value=7, **k),
        "more_boxes": lambda L, **k: L.MaxNumBoundingBoxes(5, **k),
    }
    cases = {}
    for name, make in makers.items():
        drawn = name != "flip" and not name.endswith("_boxes")
        for form in ("xyxy", "xywh", "rel_xyxy") if drawn else ("xyxy",):
            options = {**shapes, "form": form, "training": name != "flip"}
            if name in ("zoom", "translation"):
                options["parts"] = ("bounding_boxes", "labels")
            cases[f"boxes_{name}_{form}"] = _case(
                lambda L, make=make, form=form: make(L, bounding_box_format=form),
                **options,
            )
    corners = _corners()
    return cases | {
        "boxes_rotation": _case(
            lambda L: L.RandomRotation((0.1, 0.1), bounding_box_format="xyxy"),
            SQUARE,
            parts=("bounding_boxes", "segmentation_masks"),
        ),
        "boxes_shear": _case(
            lambda L: L.RandomShear(0.0, 0.0, bounding_box_format="xyxy"),
            SQUARE,
            parts=("bounding_boxes",),
        ),
        "boxes_one": _case(
            lambda L: L.RandomTranslation(0.0, (0.2, 0.2), bounding_box_format="xyxy"),
            IMAGE[1:],
            parts=("bounding_boxes", "labels"),
        ),
        "perspective": _case(lambda L: L.RandomPerspective(), drawn=corners),
        "perspective_nearest": _case(
            lambda L: L.RandomPerspective(interpolation="nearest", fill_value=3.0),
            parts=("segmentation_masks",),
            drawn=corners,
        ),
        "perspective_boxes": _case(
            lambda L: L.RandomPerspective(bounding_box_format="xyxy"),
            parts=("bounding_boxes",),
            drawn=corners,
        ),
        "perspective_still": _case(lambda L: L.RandomPerspective(1.0, 0.0)),
        "perspective_none": _case(lambda L: L.RandomPerspective(0.0)),
    }


CASES: dict[str, AugmentationCase] = {
    **_tones(),
    **_filters(),
    **_mixing(),
    **_geometry(),
    **_turned(),
}
