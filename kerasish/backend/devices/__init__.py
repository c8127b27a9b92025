"""Devices: where arrays live and kernels run."""

from kerasish.lazy import attach

_MODULE = "kerasish.backend.devices.base"
__getattr__, __dir__, __all__ = attach(
    __name__,
    dict.fromkeys(
        (
            "Device",
            "current_device",
            "device",
            "device_class",
            "device_kernel",
            "get_device",
            "register_device",
            "set_default_device",
        ),
        _MODULE,
    ),
)
