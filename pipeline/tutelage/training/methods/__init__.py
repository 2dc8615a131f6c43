"""Training methods, one file each: what a method differs in, for the trainer's child process."""
