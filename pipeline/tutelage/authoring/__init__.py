"""Help for those who write a taxonomy: in goes a folder, out come findings."""
