"""`RemoteMonitor`: sends the logs of each epoch to a server."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
import warnings

import numpy as np

from kerasish.callbacks.callback import Callback

_SECONDS = 10


class RemoteMonitor(Callback):
    """Sends the logs of each epoch by HTTP POST; a server that is away only warns.

    Args:
        root: Address of the server.
        path: Path on the server.
        field: Name of the form field that holds the logs as JSON.
        headers: Dict of further HTTP headers.
        send_as_json: Whether to send the JSON as the body, instead of a form.

    Example:

    >>> RemoteMonitor(root="http://localhost:9000").path
    '/publish/epoch/end/'
    """

    def __init__(
        self,
        root="http://localhost:9000",
        path="/publish/epoch/end/",
        field="data",
        headers=None,
        send_as_json=False,
    ):
        super().__init__()
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch, logs=None):
        """Sends the logs and the epoch.

        Args:
            epoch: Index of the epoch.
            logs: Dict of values.
        """
        values = {"epoch": epoch}
        for name, value in (logs or {}).items():
            plain = isinstance(value, (np.ndarray, np.generic))
            values[name] = value.tolist() if plain else value
        text = json.dumps(values)
        kind = "application/x-www-form-urlencoded"
        if self.send_as_json:
            kind = "application/json"
        else:
            text = urllib.parse.urlencode({self.field: text})
        request = urllib.request.Request(
            self.root + self.path,
            data=text.encode(),
            headers={"Content-Type": kind, **(self.headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS):
                pass
        except (urllib.error.URLError, OSError) as error:
            warnings.warn(
                f"RemoteMonitor: the server at {self.root} was not reached: {error}",
                stacklevel=2,
            )
