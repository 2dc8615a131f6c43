"""What this machine is, has left and uses, and what a model needs of it."""
