"""Layers that rearrange, crop, pad or repeat their inputs."""
