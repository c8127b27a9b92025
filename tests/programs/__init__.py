"""Whole programs as users write them; numbers are those of Keras 3.15."""
