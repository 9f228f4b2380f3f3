"""What is said about a digest: in-toto predicates and SBOMs.  Pure."""
