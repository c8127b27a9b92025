"""Initializers: first values of weights."""

from kerasish.lazy import attach

INITIALIZERS = {
    name: f"kerasish.initializers.{module}"
    for module, names in {
        "initializer": ("Initializer",),
        "fixed_values": ("Constant", "Identity", "Ones", "Zeros"),
        "spectral": ("STFT",),
        "random_values": (
            "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal",
            "LecunUniform", "Orthogonal", "RandomNormal", "RandomUniform",
            "TruncatedNormal", "VarianceScaling",
        ),
    }.items()
    for name in names
}  # fmt: skip
ALIASES = {
    "constant": "Constant",
    "glorot_normal": "GlorotNormal",
    "glorot_uniform": "GlorotUniform",
    "he_normal": "HeNormal",
    "he_uniform": "HeUniform",
    "identity": "Identity",
    "IdentityInitializer": "Identity",
    "lecun_normal": "LecunNormal",
    "lecun_uniform": "LecunUniform",
    "normal": "RandomNormal",
    "one": "Ones",
    "ones": "Ones",
    "orthogonal": "Orthogonal",
    "OrthogonalInitializer": "Orthogonal",
    "random_normal": "RandomNormal",
    "random_uniform": "RandomUniform",
    "stft": "STFT",
    "STFTInitializer": "STFT",
    "truncated_normal": "TruncatedNormal",
    "uniform": "RandomUniform",
    "variance_scaling": "VarianceScaling",
    "zero": "Zeros",
    "zeros": "Zeros",
}

_SHORT = {name: f"{INITIALIZERS[target]}:{target}" for name, target in ALIASES.items()}

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        **INITIALIZERS,
        **_SHORT,
        "deserialize": "kerasish.initializers.lookup",
        "get": "kerasish.initializers.lookup",
        "serialize": "kerasish.initializers.lookup",
    },
)
