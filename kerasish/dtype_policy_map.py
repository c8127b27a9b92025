"""Dtype policies of layers by their paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from kerasish import dtype_policies
from kerasish.dtype_policies import DTypePolicy


class DTypePolicyMap(DTypePolicy, MutableMapping):
    """A dictionary from paths of layers to dtype policies.

    A path is looked up as it is, then as a regular expression that matches all of it;
    what is not found has the default policy. A layer that is made with a map as its
    `dtype` takes the policy of its own path.

    Args:
        default_policy: The policy of all other paths; the global one if `None`.
        policy_map: A dictionary of policies or their names.

    Raises:
        ValueError: If the default policy is a map itself.
        TypeError: If `policy_map` is no dictionary.

    Example:

    >>> policies = DTypePolicyMap("float32", {"encoder/.*": "float16"})
    >>> policies["encoder/dense"].name, policies["decoder"].name
    ('float16', 'float32')
    """

    def __init__(
        self, default_policy: Any = None, policy_map: Mapping[str, Any] | None = None
    ) -> None:
        if isinstance(default_policy, DTypePolicyMap):
            raise ValueError("`default_policy` cannot be a `DTypePolicyMap`.")
        if policy_map is not None and not isinstance(policy_map, Mapping):
            raise TypeError(
                f"`policy_map` must be a dictionary.\nReceived: {policy_map!r}"
            )
        given = None if default_policy is None else dtype_policies.get(default_policy)
        self._default = given
        self._policies: dict[str, DTypePolicy] = {}
        for path, policy in (policy_map or {}).items():
            self[path] = policy

    @property
    def default_policy(self) -> DTypePolicy:
        """The policy of paths that are not in the map."""
        return self._default or dtype_policies.dtype_policy()

    @property
    def name(self) -> str:
        """The name: `map_` and that of the default policy."""
        return f"map_{self.default_policy.name}"

    @property
    def compute_dtype(self) -> str:
        """The type that float inputs are cast to by default."""
        return self.default_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The type of Variables by default."""
        return self.default_policy.variable_dtype

    def __getitem__(self, key: str) -> DTypePolicy:
        """Return the policy of a path.

        Raises:
            ValueError: If it matches several entries.
        """
        if key in self._policies:
            return self._policies[key]
        found = [path for path in self._policies if re.fullmatch(path, key)]
        if len(found) > 1:
            raise ValueError(
                f"Path {key!r} matches multiple dtype policy keys: {found}."
            )
        return self._policies[found[0]] if found else self.default_policy

    def __setitem__(self, key: str, policy: Any) -> None:
        """Add the policy of a path.

        Raises:
            ValueError: If the path is there already.
        """
        if key in self._policies:
            raise ValueError(
                f"{key!r} is already in the DTypePolicyMap, with the policy "
                f"{self._policies[key]!r}."
            )
        self._policies[key] = dtype_policies.get(policy)

    def __delitem__(self, key: str) -> None:
        del self._policies[key]

    def __contains__(self, key: object) -> bool:
        return key in self._policies

    def __len__(self) -> int:
        return len(self._policies)

    def __iter__(self) -> Iterator[str]:
        return iter(self._policies)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicyMap) and (
            (self._default, self._policies) == (other._default, other._policies)
        )

    def __hash__(self) -> int:
        return id(self)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, with names for policies."""
        return {
            "default_policy": self._default and self._default.name,
            "policy_map": {path: policy.name for path, policy in self.items()},
        }

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Any = None
    ) -> DTypePolicyMap:
        """Make a map from what `get_config()` returned."""
        return cls(**config)

    def __repr__(self) -> str:
        names = {path: policy.name for path, policy in self.items()}
        return f"<DTypePolicyMap default={self.default_policy.name!r} {names}>"
