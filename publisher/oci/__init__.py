"""OCI words: digests, platforms, references, descriptors, manifests.  Pure."""
