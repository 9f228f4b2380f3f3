"""Problems of a catalog, as text, JSON and annotations.  Pure."""
