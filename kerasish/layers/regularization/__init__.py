"""Layers that act during training only, and penalties on activity."""
