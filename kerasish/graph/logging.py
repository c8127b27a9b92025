"""`tf.logging`: messages by Python's own module."""

from __future__ import annotations

import logging as _logging
from typing import Any

DEBUG, INFO, WARN = _logging.DEBUG, _logging.INFO, _logging.WARNING
ERROR, FATAL = _logging.ERROR, _logging.CRITICAL
_logger = _logging.getLogger("kerasish.graph")
debug, info, error = _logger.debug, _logger.info, _logger.error
warn = warning = _logger.warning
fatal, log = _logger.critical, _logger.log


def set_verbosity(v: Any) -> None:
    """Choose which messages are shown.

    Args:
        v: The least level, such as `tf.logging.INFO`.
    """
    _logger.setLevel(v)


def get_verbosity() -> int:
    """Return the least level of the messages that are shown."""
    return _logger.getEffectiveLevel()
