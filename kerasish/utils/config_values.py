"""`Config`: named values that can be frozen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kerasish.errors import did_you_mean


class Config:
    """A dict of named values that are read and set as attributes or as items.

    Args:
        **kwargs: The values.

    Example:

    >>> config = Config(learning_rate=0.1)
    >>> config.momentum = 0.9
    >>> config["momentum"], len(config)
    (0.9, 2)
    >>> config.freeze()
    >>> config.momentum = 0.5
    Traceback (most recent call last):
    ...
    ValueError: The config is frozen; call unfreeze() to change it.
    """

    def __init__(self, **kwargs):
        object.__setattr__(self, "_config", dict(kwargs))
        object.__setattr__(self, "_frozen", False)

    @property
    def frozen(self) -> bool:
        """Whether the values cannot be changed."""
        return self._frozen

    def freeze(self) -> None:
        """Refuse further changes."""
        object.__setattr__(self, "_frozen", True)

    def unfreeze(self) -> None:
        """Allow changes again."""
        object.__setattr__(self, "_frozen", False)

    def _changeable(self) -> dict:
        if self._frozen:
            raise ValueError("The config is frozen; call unfreeze() to change it.")
        return self._config

    def as_dict(self) -> dict:
        """Return the values as a new dict."""
        return dict(self._config)

    def to_json(self) -> str:
        """Return the values as JSON."""
        return json.dumps(self._config)

    def keys(self) -> Any:
        """Return the names."""
        return self._config.keys()

    def values(self) -> Any:
        """Return the values."""
        return self._config.values()

    def items(self) -> Any:
        """Return pairs of a name and a value."""
        return self._config.items()

    def get(self, keyname: str, value: Any = None) -> Any:
        """Return a value, or `value` if there is none of that name.

        Args:
            keyname: The name.
            value: The default.
        """
        return self._config.get(keyname, value)

    def pop(self, *args: Any) -> Any:
        """Take a value out and return it.

        Args:
            *args: Its name, and a default.
        """
        return self._changeable().pop(*args)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set values.

        Args:
            *args: A dict of values.
            **kwargs: Further values.
        """
        self._changeable().update(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("_config", "_frozen"):
            raise AttributeError(name)
        try:
            return self._config[name]
        except KeyError:
            hint = did_you_mean(name, self._config)
            raise AttributeError(f"There is no value named {name!r}.{hint}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self._changeable()[name] = value

    def __getitem__(self, key: str) -> Any:
        return self._config[key]

    def __setitem__(self, key: str, item: Any) -> None:
        self._changeable()[key] = item

    def __delitem__(self, key: str) -> None:
        del self._changeable()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._config))

    def __len__(self) -> int:
        return len(self._config)

    def __contains__(self, item: str) -> bool:
        return item in self._config

    def __repr__(self) -> str:
        return f"<Config {self._config}>"
