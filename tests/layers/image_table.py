"""Cases of the automatic suite: layers that change images and other numbers."""

from __future__ import annotations

from kerasish import layers as L
from tests.layers.layer_case import IMAGE, VECTOR, Case
from tests.layers.layer_case import make_case as _case

SPAN = (-9, 9)


def _boxed(tensors: list) -> tuple:
    """The inputs are images, boxes and their labels."""
    images, boxes, labels = tensors
    return ({"images": images, "bounding_boxes": {"boxes": boxes, "labels": labels}},)


IMAGES: dict[str, Case] = {
    "AugMix": _case(lambda: L.AugMix(SPAN, seed=1), IMAGE, random=True),
    "AutoContrast": _case(lambda: L.AutoContrast(SPAN), IMAGE),
    "CenterCrop": _case(lambda: L.CenterCrop(3, 2), IMAGE),
    "ContrastLimitedAdaptiveHistogramEqualization": _case(
        lambda: L.ContrastLimitedAdaptiveHistogramEqualization(SPAN, 0.0, (2, 2)),
        IMAGE,
        flat=True,
    ),
    "CutMix": _case(lambda: L.CutMix(seed=1), (9, 4, 4, 2), random=True),
    "Equalization": _case(lambda: L.Equalization(SPAN), IMAGE, flat=True),
    "MaxNumBoundingBoxes": _case(
        lambda: L.MaxNumBoundingBoxes(3, bounding_box_format="xyxy"),
        IMAGE,
        (2, 4, 4),
        (2, 4),
        arguments=_boxed,
        wide=True,
    ),
    "MelSpectrogram": _case(
        lambda: L.MelSpectrogram(16, 8, num_mel_bins=5, power_to_db=False), (3, 40)
    ),
    "MixUp": _case(lambda: L.MixUp(1.0, seed=1), (9, 4, 4, 2), random=True),
    "Normalization": _case(lambda: L.Normalization(mean=0.5, variance=2.0), VECTOR),
    "Pipeline": _case(
        lambda: L.Pipeline([L.AutoContrast(SPAN), L.Dense(3), L.Dropout(0.5, seed=1)]),
        IMAGE,
        random=True,
    ),
    "RandAugment": _case(lambda: L.RandAugment(SPAN, seed=3), IMAGE, random=True),
    "RandomBrightness": _case(
        lambda: L.RandomBrightness(0.3, (-9, 9), seed=1), IMAGE, random=True
    ),
    "RandomColorDegeneration": _case(
        lambda: L.RandomColorDegeneration(0.9, (-9, 9), seed=1), IMAGE, random=True
    ),
    "RandomColorJitter": _case(
        lambda: L.RandomColorJitter(SPAN, 0.3, 0.3, 0.3, 0.3, seed=1),
        IMAGE,
        random=True,
    ),
    "RandomContrast": _case(
        lambda: L.RandomContrast(0.3, (-9, 9), seed=1), IMAGE, random=True
    ),
    "RandomCrop": _case(lambda: L.RandomCrop(2, 3, seed=1), (2, 9, 11, 3), random=True),
    "RandomElasticTransform": _case(
        lambda: L.RandomElasticTransform((1, 1), 1.0, value_range=SPAN, seed=1),
        (2, 21, 23, 2),
        random=True,
    ),
    "RandomErasing": _case(
        lambda: L.RandomErasing(value_range=SPAN, seed=1), (16, 5, 6, 3), random=True
    ),
    "RandomFlip": _case(lambda: L.RandomFlip(seed=1), (9, 4, 4, 2), random=True),
    "RandomGaussianBlur": _case(
        lambda: L.RandomGaussianBlur(value_range=SPAN, seed=1),
        (9, 4, 5, 2),
        random=True,
    ),
    "RandomGrayscale": _case(
        lambda: L.RandomGrayscale(0.5, seed=1), (16, 3, 3, 3), random=True
    ),
    "RandomHeight": _case(
        lambda: L.RandomHeight(0.9, seed=1), (2, 40, 4, 1), random=True, resizes=True
    ),
    "RandomHue": _case(lambda: L.RandomHue(0.5, SPAN, seed=1), IMAGE, random=True),
    "RandomInvert": _case(
        lambda: L.RandomInvert(1.0, SPAN, seed=1), (16, 2, 2, 1), random=True
    ),
    "RandomPerspective": _case(
        lambda: L.RandomPerspective(seed=1), (4, 5, 6, 3), random=True
    ),
    "RandomPosterization": _case(
        lambda: L.RandomPosterization(8, SPAN, seed=1), IMAGE, random=True, flat=True
    ),
    "RandomRotation": _case(lambda: L.RandomRotation(0.2, seed=1), IMAGE, random=True),
    "RandomSaturation": _case(
        lambda: L.RandomSaturation(0.5, SPAN, seed=1), IMAGE, random=True
    ),
    "RandomSharpness": _case(
        lambda: L.RandomSharpness(0.5, SPAN, seed=1), IMAGE, random=True
    ),
    "RandomShear": _case(lambda: L.RandomShear(0.3, seed=1), IMAGE, random=True),
    "RandomTranslation": _case(
        lambda: L.RandomTranslation(0.3, 0.3, fill_mode="constant", seed=1),
        IMAGE,
        random=True,
    ),
    "RandomWidth": _case(
        lambda: L.RandomWidth(0.9, "nearest", seed=1),
        (2, 4, 40, 1),
        random=True,
        resizes=True,
    ),
    "RandomZoom": _case(
        lambda: L.RandomZoom(0.3, 0.2, fill_mode="nearest", seed=1), IMAGE, random=True
    ),
    "Rescaling": _case(lambda: L.Rescaling(0.5, offset=[1.0, 2.0, 3.0, 4.0]), VECTOR),
    "STFTSpectrogram": _case(lambda: L.STFTSpectrogram("log", 8, 3), (3, 20, 2)),
    "Resizing": _case(lambda: L.Resizing(3, 7), IMAGE),
    "Solarization": _case(
        lambda: L.Solarization(0.2, 0.3, SPAN, seed=1), IMAGE, random=True
    ),
}
