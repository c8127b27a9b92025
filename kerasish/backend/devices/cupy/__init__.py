"""The device `cupy`: NVIDIA GPUs through CuPy, and CUDA kernels of our own."""
