"""Golden cases: layers that change images, with what they draw held fixed."""

from __future__ import annotations

from typing import Any

from tests.compat.layer_case import Case
from tests.compat.layer_case import make_case as _case

_TRAINING = {"training": True}


def _drawn(make: Any, *shapes: tuple, **options: Any) -> Case:
    return _case(make, *shapes, call=_TRAINING, approximate=True, **options)


def _sizes() -> dict[str, Case]:
    image = (2, 5, 6, 3)
    cases: dict[str, Case] = {}
    for name in ("bilinear", "nearest", "lanczos3"):
        cases[f"resizing_{name}"] = _case(
            lambda L, name=name: L.Resizing(7, 4, interpolation=name), image
        )
    cases |= {
        "resizing_crop": _case(
            lambda L: L.Resizing(4, 4, crop_to_aspect_ratio=True), image
        ),
        "resizing_pad": _case(
            lambda L: L.Resizing(4, 4, pad_to_aspect_ratio=True, fill_value=1.0), image
        ),
        "resizing_first": _case(
            lambda L: L.Resizing(4, 3, data_format="channels_first"), (2, 3, 5, 6)
        ),
        "resizing_one": _case(lambda L: L.Resizing(4, 3), (5, 6, 3)),
        "center_crop": _case(lambda L: L.CenterCrop(3, 4), image),
        "center_crop_small": _case(lambda L: L.CenterCrop(7, 4), image),
        "center_crop_first": _case(
            lambda L: L.CenterCrop(3, 4, data_format="channels_first"), (2, 3, 5, 6)
        ),
        "rescaling": _case(lambda L: L.Rescaling(0.5), (3, 4)),
        "rescaling_offset": _case(lambda L: L.Rescaling(2.0, offset=-1.0), (3, 4)),
        "rescaling_channels": _case(
            lambda L: L.Rescaling([0.5, 2.0, 3.0], offset=[1.0, 2.0, 3.0]), image
        ),
        "rescaling_integers": _case(
            lambda L: L.Rescaling(1 / 255), (3, 4), integers=255
        ),
        "normalization": _case(
            lambda L: L.Normalization(mean=0.5, variance=2.0), (3, 4)
        ),
        "normalization_features": _case(
            lambda L: L.Normalization(mean=[0.5, 1.0], variance=[2.0, 0.0]), (3, 2)
        ),
        "normalization_back": _case(
            lambda L: L.Normalization(mean=0.5, variance=2.0, invert=True), (3, 4)
        ),
        "random_crop_test": _case(
            lambda L: L.RandomCrop(5, 6, seed=3), image, call=_TRAINING
        ),
        "random_flip_test": _case(
            lambda L: L.RandomFlip(), image, call={"training": False}
        ),
    }
    return cases


def _geometry() -> dict[str, Case]:
    image = (2, 5, 6, 3)
    cases: dict[str, Case] = {}
    for mode in ("reflect", "wrap", "constant", "nearest"):
        cases[f"random_rotation_{mode}"] = _drawn(
            lambda L, mode=mode: L.RandomRotation((0.07, 0.07), fill_mode=mode), image
        )
        cases[f"random_zoom_{mode}"] = _drawn(
            lambda L, mode=mode: L.RandomZoom((0.3, 0.3), fill_mode=mode), image
        )
        cases[f"random_translation_{mode}"] = _drawn(
            lambda L, mode=mode: L.RandomTranslation(
                (0.3, 0.3), (-0.2, -0.2), fill_mode=mode
            ),
            image,
        )
    return cases | {
        "random_zoom_both": _drawn(
            lambda L: L.RandomZoom((-0.3, -0.3), (0.2, 0.2)), image
        ),
        "random_zoom_nearest_pixel": _drawn(
            lambda L: L.RandomZoom((0.3, 0.3), interpolation="nearest"), image
        ),
        "random_rotation_first": _drawn(
            lambda L: L.RandomRotation((0.1, 0.1), data_format="channels_first"),
            (2, 3, 5, 6),
        ),
        "random_shear_none": _drawn(lambda L: L.RandomShear(0.0, 0.0), image),
    }


def _colors() -> dict[str, Case]:
    image, span = (2, 5, 6, 3), (-2, 2)
    return {
        "random_brightness": _case(
            lambda L: L.RandomBrightness((0.2, 0.2), span), image, call=_TRAINING
        ),
        "random_brightness_down": _case(
            lambda L: L.RandomBrightness((-0.3, -0.3), span), image, call=_TRAINING
        ),
        "random_color_degeneration": _case(
            lambda L: L.RandomColorDegeneration((0.4, 0.4), span),
            image,
            call=_TRAINING,
        ),
        "random_contrast": _case(
            lambda L: L.RandomContrast(0.0, value_range=span), image, call=_TRAINING
        ),
        "random_grayscale": _case(
            lambda L: L.RandomGrayscale(1.0), image, call=_TRAINING
        ),
    }


def _sounds() -> dict[str, Case]:
    options: dict[str, dict] = {
        "plain": {"power_to_db": False},
        "decibel": {},
        "window": {"window": "hamming", "sequence_length": 24, "mag_exp": 1.0},
        "band": {"min_freq": 100.0, "max_freq": 4000.0, "power_to_db": False},
    }
    return {
        f"mel_spectrogram_{name}": _case(
            lambda L, given=given: L.MelSpectrogram(32, 16, num_mel_bins=6, **given),
            (2, 100),
        )
        for name, given in options.items()
    }


def _spectrograms() -> dict[str, Case]:
    modes = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")
    cases = {
        f"stft_{mode}": _case(
            lambda L, mode=mode: L.STFTSpectrogram(mode, 8, 3), (2, 20, 2)
        )
        for mode in modes
    }
    options: dict[str, dict] = {
        "same": {"padding": "same", "fft_length": 16},
        "image": {"expand_dims": True},
        "every": {"frame_step": 1, "trainable": False},
    }
    for name, given in options.items():
        cases[f"stft_{name}"] = _case(
            lambda L, given=given: L.STFTSpectrogram("magnitude", 8, **given),
            (2, 20, 2),
        )
    return cases


IMAGES: dict[str, Case] = {
    **_sizes(),
    **_geometry(),
    **_colors(),
    **_sounds(),
    **_spectrograms(),
}
