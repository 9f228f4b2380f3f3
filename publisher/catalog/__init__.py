"""The catalog: what is declared, read from git objects and never from the disk.  Pure."""
