"""Which data types a layer computes in and keeps its Variables in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasish.backend import config
from kerasish.backend.dtypes import is_float, standardize_dtype
from kerasish.errors import did_you_mean
from kerasish.lazy import attach

_MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
_settings: dict[str, Any] = {"policy": None}


class DTypePolicy:
    """The pair of data types that a layer uses.

    Args:
        name: A data type, `'mixed_float16'` or `'mixed_bfloat16'` (compute low, keep
            float32); the default float type if `None`.

    Raises:
        ValueError: If the name is none of these.

    Example:

    >>> policy = DTypePolicy("mixed_float16")
    >>> policy.compute_dtype, policy.variable_dtype
    ('float16', 'float32')
    """

    def __init__(self, name: str | None = None):
        if name is None:
            name = config.floatx()
        if name in _MIXED:
            self._compute, self._variable = _MIXED[name], "float32"
        else:
            try:
                self._compute = self._variable = standardize_dtype(name)
            except (ValueError, TypeError) as error:
                hint = did_you_mean(str(name), [*_MIXED, "float32", "float64"])
                raise ValueError(
                    f"Cannot turn this into a dtype policy.{hint}\n"
                    f"Received: name={name!r}"
                ) from error
            name = self._compute
        self._name = name

    @property
    def name(self) -> str:
        """The name."""
        return self._name

    @property
    def compute_dtype(self) -> str:
        """The type that float inputs are cast to."""
        return self._compute

    @property
    def variable_dtype(self) -> str:
        """The type of the Variables."""
        return self._variable

    @property
    def quantization_mode(self) -> None:
        """Always `None`: nothing is quantised."""
        return

    def convert_input(self, x: Any, autocast: bool, dtype: str) -> Any:
        """Return an input as a tensor, float ones in the type asked for.

        Args:
            x: A tensor, Variable or array; anything else is handed back.
            autocast: Whether to cast at all.
            dtype: The type to cast floats to.
        """
        from kerasish.backend.graph import Tensor, Variable, as_tensor

        if not isinstance(x, (Tensor, Variable)) and not hasattr(x, "__array__"):
            return x
        tensor = x if isinstance(x, Tensor) else as_tensor(x)
        if not autocast or tensor.dtype == dtype:
            return tensor
        if not (is_float(tensor.dtype) and is_float(dtype)):
            return tensor
        cast = as_tensor(tensor, dtype)
        cast.mask = tensor.mask
        return cast

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"name": self._name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> DTypePolicy:
        """Make a policy from `get_config()`."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self._name}">'


FloatDTypePolicy = DTypePolicy
Policy = DTypePolicy


def dtype_policy() -> DTypePolicy:
    """Return the policy of layers that are made without `dtype`.

    Example:

    >>> dtype_policy()
    <DTypePolicy "float32">
    """
    return _settings["policy"] or DTypePolicy()


def set_dtype_policy(policy: Any) -> None:
    """Set the policy of layers that are made without `dtype`.

    Args:
        policy: A policy or a name; `None` goes back to the default float type.

    Example:

    >>> set_dtype_policy("float32")
    """
    _settings["policy"] = None if policy is None else get(policy)


def get(identifier: Any) -> DTypePolicy:
    """Return the policy that a name, policy, data type or configuration means.

    Args:
        identifier: Any of these; the global policy for `None`.

    Raises:
        ValueError: If the name is unknown.

    Example:

    >>> get("float16").compute_dtype
    'float16'
    """
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    name = identifier if isinstance(identifier, str) else standardize_dtype(identifier)
    return DTypePolicy(name)


def serialize(policy: DTypePolicy) -> Any:
    """Return the name of a policy, which every version of Keras reads.

    Args:
        policy: A policy; a map of policies is described by a dictionary.

    Example:

    >>> serialize(DTypePolicy("mixed_bfloat16"))
    'mixed_bfloat16'
    """
    if isinstance(policy, Mapping):
        return {
            "module": "keras.dtype_policies",
            "class_name": "DTypePolicyMap",
            "config": policy.get_config(),
            "registered_name": None,
        }
    return policy.name


def deserialize(
    config: Any, custom_objects: Mapping[str, Any] | None = None
) -> DTypePolicy:
    """Return a policy from a name or a configuration of any Keras version.

    Example:

    >>> deserialize({"class_name": "Policy", "config": {"name": "float64"}}).name
    'float64'
    """
    if isinstance(config, Mapping):
        if config["class_name"] == "DTypePolicyMap":
            from kerasish.dtype_policy_map import DTypePolicyMap

            return DTypePolicyMap.from_config(config["config"])
        return DTypePolicy(config["config"]["name"])
    return get(config)


_QUANTIZED = (
    "AWQDTypePolicy",
    "GPTQDTypePolicy",
    "Int4DTypePolicy",
    "QuantizedDTypePolicy",
    "QuantizedFloat8DTypePolicy",
)
__getattr__ = attach(
    __name__,
    {
        **dict.fromkeys(_QUANTIZED, "kerasish.unavailable"),
        "DTypePolicyMap": "kerasish.dtype_policy_map",
    },
)[0]
