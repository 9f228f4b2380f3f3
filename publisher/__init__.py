"""Publish layered container images from a git catalog, and prove everything that was done."""

__version__ = "0.1.0"
