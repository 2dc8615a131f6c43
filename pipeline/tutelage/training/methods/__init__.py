"""Training methods, a file each: all that a method differs in from the others.

A method is a `TrainingStage`. Another one is a file like these and a line in the table of stages;
a user's own is named by its import path, `use: my_pkg.methods:Mine`.
"""
