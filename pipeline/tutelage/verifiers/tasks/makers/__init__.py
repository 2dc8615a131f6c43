"""One kind of problem each."""
