"""Catalogs of the shape that real ones have."""
