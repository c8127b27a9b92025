"""The device `cpu`: compiled kernels for the processor, on NumPy arrays."""
