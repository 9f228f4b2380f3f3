"""What the steps need from the outside, one Protocol a file, in domain types."""
