"""Layers that apply another layer."""
