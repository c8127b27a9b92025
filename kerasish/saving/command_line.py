"""`python -m kerasish`: looks into files and converts them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from kerasish.saving.conversion import convert
from kerasish.saving.inspection import inspect


def _pair(text: str) -> tuple[str, str]:
    old, separator, new = text.partition("=")
    if not (old and separator and new):
        raise argparse.ArgumentTypeError(f"{text!r} has not the form OLD=NEW")
    return old, new


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kerasish", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("inspect", help="print what a file holds")
    command.add_argument("path")
    command = commands.add_parser("convert", help="write a file in another format")
    command.add_argument("source", metavar="IN")
    command.add_argument("target", metavar="OUT")
    command.add_argument(
        "--dialect",
        choices=("keras2", "tfkeras2", "keras3"),
        help="which Keras an .h5 file is for; by default as many as can be",
    )
    command.add_argument(
        "--dtype",
        choices=("float16", "float32", "float64"),
        help="how the weights are stored",
    )
    for name, meaning in (
        ("--weights-only", "write an .h5 file without the model"),
        ("--strip-optimizer", "leave out the optimizer and compile settings"),
        ("--fold-batchnorm", "put batch normalizations into the layers before"),
    ):
        command.add_argument(name, action="store_true", help=meaning)
    command.add_argument(
        "--rename",
        type=_pair,
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="name a layer anew; may be given several times",
    )
    command.add_argument(
        "--model", help="a file with the model of the weights in IN, or its JSON text"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: What stands after `python -m kerasish`; from the process if `None`.

    Returns:
        0, or 1 if the command failed with a message.
    """
    options = vars(_parser().parse_args(arguments))
    try:
        if options.pop("command") == "inspect":
            inspect(options["path"])
        else:
            options["rename"] = dict(options["rename"])
            convert(**options)
    except (ValueError, OSError, ImportError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0
