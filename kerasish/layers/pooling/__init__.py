"""Pooling over windows and over whole feature maps."""
