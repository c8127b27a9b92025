"""Runs `python -m kerasish`."""

import sys

from kerasish.saving.command_line import main

if __name__ == "__main__":
    sys.exit(main())
