"""Whether registries still hold what the release records promise.  Pure."""
