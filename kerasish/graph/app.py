"""`tf.app`: flags of the command line, and the start of a program."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any


class Flags:
    """The values of flags, read from the command line at the first use.

    Example:

    >>> flags.DEFINE_integer("steps", 5, "how many")
    >>> flags.FLAGS.steps
    5
    """

    def __init__(self) -> None:
        self.__dict__["_parser"] = argparse.ArgumentParser(allow_abbrev=False)
        self.__dict__["__flags"] = {}
        self.__dict__["_parsed"] = False

    def define(self, name: str, default: Any, help: str | None, read: Any) -> None:
        """Add a flag.

        Args:
            name: Its name.
            default: Its value where it is not given.
            help: What it means.
            read: What makes a value of a text.
        """
        vars(self)["__flags"][name] = default
        self._parser.add_argument(f"--{name}", type=read, help=help)
        self.__dict__["_parsed"] = False

    def parse(self, arguments: Sequence[str]) -> list[str]:
        """Read arguments and return those that are no flags.

        Args:
            arguments: The arguments without the name of the program.
        """
        found, rest = self._parser.parse_known_args(list(arguments))
        given = {name: v for name, v in vars(found).items() if v is not None}
        vars(self)["__flags"].update(given)
        self.__dict__["_parsed"] = True
        return rest

    def _parse_flags(self) -> None:
        """Read the command line, as the oldest programs ask for."""
        self.parse(sys.argv[1:])

    def __getattr__(self, name: str) -> Any:
        values = vars(self)["__flags"]
        if name not in values:
            raise AttributeError(name)
        if not self.__dict__["_parsed"]:
            self.parse(sys.argv[1:])
        return values[name]

    def __setattr__(self, name: str, value: Any) -> None:
        vars(self)["__flags"][name] = value


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0", "t", "f", "yes", "no"):
        raise argparse.ArgumentTypeError(f"not a truth value: {text}")
    return text.lower() in ("true", "1", "t", "yes")


FLAGS = Flags()


def _definer(read: Any) -> Callable:
    def define(name: str, default: Any, help: str | None = None) -> None:
        FLAGS.define(name, default, help, read)

    return define


flags = SimpleNamespace(
    FLAGS=FLAGS,
    DEFINE_string=_definer(str),
    DEFINE_integer=_definer(int),
    DEFINE_float=_definer(float),
    DEFINE_boolean=_definer(_truth),
    DEFINE_bool=_definer(_truth),
)


def run(main: Callable | None = None, argv: Sequence[str] | None = None) -> None:
    """Read the flags, call a function with the other arguments, and exit.

    Args:
        main: The function; the `main` of the program for `None`.
        argv: The arguments, beginning with the name of the program.
    """
    arguments = list(argv or sys.argv)
    rest = FLAGS.parse(arguments[1:])
    main = main or sys.modules["__main__"].main
    sys.exit(main([arguments[0], *rest]))
