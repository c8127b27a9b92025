"""Layers that prepare data: scaling, encoding, text, images, sound."""
