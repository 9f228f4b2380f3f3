"""What goes where, in which order.  Pure: from an inventory to operations."""
