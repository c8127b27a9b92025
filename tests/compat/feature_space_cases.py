"""Tables and feature spaces whose results are compared with Keras."""

from __future__ import annotations

from typing import Any

DATA = {
    "size": [0.5, 2.0, 3.5, 1.0, 9.0],
    "weight": [1.0, -1.0, 0.25, 4.0, 2.0],
    "kind": ["cat", "dog", "cat", "bird", "dog"],
    "code": [3, 5, 3, 9, 5],
}
NEW = {
    "size": [0.0, 5.0],
    "weight": [2.0, 1.0],
    "kind": ["fish", "cat"],
    "code": [5, 77],
}
ROW = {"size": 1.5, "weight": 3.0, "kind": "dog", "code": 9}


def spaces(space: Any) -> dict[str, Any]:
    """Return the feature spaces, made by the class of a library."""
    floats = {"size": "float_normalized", "weight": space.float_rescaled(2.0, 1.0)}
    words = {"kind": "string_categorical", "code": "integer_categorical"}
    return {
        "floats": space(features=floats),
        "words": space(features=words),
        "all": space(
            features={**floats, **words},
            crosses=[("kind", "code")],
            crossing_dim=6,
        ),
        "bins": space(
            features={
                "size": space.float_discretized(3),
                "weight": space.float_discretized(2, output_mode="one_hot"),
            }
        ),
        "hashed": space(
            features={"kind": "string_hashed", "code": "integer_hashed"}, hashing_dim=5
        ),
        "few": space(
            features={
                "kind": space.string_categorical(max_tokens=3),
                "code": space.integer_categorical(num_oov_indices=2),
            }
        ),
        "dict": space(
            features={
                "size": "float",
                "kind": space.string_categorical(output_mode="int"),
                "code": space.integer_hashed(7, output_mode="int"),
            },
            crosses=[space.cross(("kind", "code"), 9, output_mode="int")],
            output_mode="dict",
        ),
    }
