"""Cases of the automatic suite: layers that change images and other numbers."""

from __future__ import annotations

from kerasish import layers as L
from tests.layers.layer_case import IMAGE, VECTOR, Case
from tests.layers.layer_case import make_case as _case

IMAGES: dict[str, Case] = {
    "CenterCrop": _case(lambda: L.CenterCrop(3, 2), IMAGE),
    "MelSpectrogram": _case(
        lambda: L.MelSpectrogram(16, 8, num_mel_bins=5, power_to_db=False), (3, 40)
    ),
    "Normalization": _case(lambda: L.Normalization(mean=0.5, variance=2.0), VECTOR),
    "RandomBrightness": _case(
        lambda: L.RandomBrightness(0.3, (-9, 9), seed=1), IMAGE, random=True
    ),
    "RandomColorDegeneration": _case(
        lambda: L.RandomColorDegeneration(0.9, (-9, 9), seed=1), IMAGE, random=True
    ),
    "RandomContrast": _case(
        lambda: L.RandomContrast(0.3, (-9, 9), seed=1), IMAGE, random=True
    ),
    "RandomCrop": _case(lambda: L.RandomCrop(2, 3, seed=1), (2, 9, 11, 3), random=True),
    "RandomFlip": _case(lambda: L.RandomFlip(seed=1), (9, 4, 4, 2), random=True),
    "RandomGrayscale": _case(
        lambda: L.RandomGrayscale(0.5, seed=1), (16, 3, 3, 3), random=True
    ),
    "RandomRotation": _case(lambda: L.RandomRotation(0.2, seed=1), IMAGE, random=True),
    "RandomShear": _case(lambda: L.RandomShear(0.3, seed=1), IMAGE, random=True),
    "RandomTranslation": _case(
        lambda: L.RandomTranslation(0.3, 0.3, fill_mode="constant", seed=1),
        IMAGE,
        random=True,
    ),
    "RandomZoom": _case(
        lambda: L.RandomZoom(0.3, 0.2, fill_mode="nearest", seed=1), IMAGE, random=True
    ),
    "Rescaling": _case(lambda: L.Rescaling(0.5, offset=[1.0, 2.0, 3.0, 4.0]), VECTOR),
    "Resizing": _case(lambda: L.Resizing(3, 7), IMAGE),
}
