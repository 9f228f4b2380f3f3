"""What a change of the catalog means: which targets are built, tested, copied and moved, and why.  Pure."""
