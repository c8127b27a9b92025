"""Layers that weigh the values of a sequence by its keys and queries."""
