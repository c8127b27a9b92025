"""Keras 2's functions, by theme; `kerasish.backend` hands them on."""
