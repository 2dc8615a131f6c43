"""Training: jobs that run in a child process, so that memory is freed and ranks repeat no teacher call."""
