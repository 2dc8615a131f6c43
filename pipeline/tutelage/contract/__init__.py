"""What parts agree on: a stage, its inputs, and the context it works in."""
