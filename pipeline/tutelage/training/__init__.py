"""Training: jobs in a child process, so that memory is freed and no rank repeats a teacher call."""
