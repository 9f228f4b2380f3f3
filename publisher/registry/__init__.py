"""Registries over HTTP, after the OCI distribution specification 1.1, and small artifacts in them."""
