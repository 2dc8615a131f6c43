"""A recipe's run: what is known before, done, written down, and read of it later."""
