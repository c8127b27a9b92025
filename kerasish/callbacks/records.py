"""Logs by name, also by the other name of accuracy."""

from __future__ import annotations

_OTHER = {"acc": "accuracy", "accuracy": "acc"}


class Records(dict):
    """A dict of logs in which `acc` and `accuracy` find each other.

    Versions of Keras differ in what they call the metric `"accuracy"`.

    Example:

    >>> records = Records(val_accuracy=0.5)
    >>> records["val_acc"], records.get("val_acc"), list(records)
    (0.5, 0.5, ['val_accuracy'])
    """

    def __missing__(self, name):
        start, separator, last = str(name).rpartition("_")
        other = start + separator + _OTHER.get(last, last)
        if other in self:
            return self[other]
        raise KeyError(name)

    def get(self, name, default=None):
        """Returns an entry, or `default` if there is none.

        Args:
            name: The name of the entry.
            default: What is returned without one.
        """
        try:
            return self[name]
        except KeyError:
            return default
