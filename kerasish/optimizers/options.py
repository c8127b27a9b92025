"""The arguments that all optimizers share."""

from __future__ import annotations

import inspect
import re
from typing import Any, TypedDict


class OptimizerOptions(TypedDict, total=False):
    """Keyword arguments of every optimizer; see `Optimizer` for what they do.

    Example:

    >>> OptimizerOptions(clipnorm=1.0)
    {'clipnorm': 1.0}
    """

    weight_decay: float | None
    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    name: str | None


DEFAULTS: dict[str, Any] = {
    "weight_decay": None,
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
    "name": None,
}


def full_signature(cls: type) -> inspect.Signature:
    """Return a class's signature with `**options` written out.

    Args:
        cls: An optimizer class.

    Example:

    >>> class Plain:
    ...     def __init__(self, rate=0.1, **options): ...
    >>> list(full_signature(Plain).parameters)[:3]
    ['rate', 'weight_decay', 'clipnorm']
    """
    own = list(inspect.signature(cls.__init__).parameters.values())[1:]
    kinds = inspect.Parameter
    if not own or own[-1].name != "options":
        return inspect.Signature(own)
    shown = own[:-1]
    names = {p.name for p in shown}
    shown += [
        kinds(name, kinds.KEYWORD_ONLY, default=default)
        for name, default in DEFAULTS.items()
        if name not in names
    ]
    return inspect.Signature([*shown, kinds("kwargs", kinds.VAR_KEYWORD)])


def check_options(options: dict[str, Any]) -> None:
    """Refuse shared arguments that have no meaning.

    Args:
        options: Values of all names in `DEFAULTS`.

    Raises:
        ValueError: If one is out of range, or two of them exclude each other.

    Example:

    >>> check_options(DEFAULTS)
    """
    clips = ("clipnorm", "clipvalue", "global_clipnorm")
    given = {name: options[name] for name in clips if options[name] is not None}
    if len(given) > 1:
        raise ValueError(
            f"Only one of {clips} can be set.\nReceived: "
            + ", ".join(f"{name}={value}" for name, value in given.items())
        )
    steps = options["gradient_accumulation_steps"]
    if steps is not None and not steps >= 2:
        raise ValueError(
            "`gradient_accumulation_steps` must be an integer of at least 2.\n"
            f"Received: gradient_accumulation_steps={steps}"
        )
    if not options["use_ema"]:
        return
    if not 0 <= options["ema_momentum"] <= 1:
        raise ValueError(
            "`ema_momentum` must lie in [0, 1].\n"
            f"Received: ema_momentum={options['ema_momentum']}"
        )
    frequency = options["ema_overwrite_frequency"]
    if frequency is not None and (not isinstance(frequency, int) or frequency < 1):
        raise ValueError(
            "`ema_overwrite_frequency` must be an integer of at least 1 or None.\n"
            f"Received: ema_overwrite_frequency={frequency}"
        )


class DecayExclusions:
    """Which Variables take no part in weight decay.

    Args:
        variables: Variables that are excluded.
        names: Regular expressions; a Variable whose name holds one is excluded.

    Example:

    >>> class Weight:
    ...     name = "bias"
    >>> Weight() in DecayExclusions(names=["bias"])
    True
    """

    def __init__(self, variables: Any = None, names: Any = None) -> None:
        self._variables = list(variables or ())
        self._pattern = re.compile("|".join(dict.fromkeys(names))) if names else None

    def __contains__(self, variable: Any) -> bool:
        if any(variable is excluded for excluded in self._variables):
            return True
        return bool(self._pattern and self._pattern.search(variable.name))
