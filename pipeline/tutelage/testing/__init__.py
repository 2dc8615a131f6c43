"""Shipped help for tests: a scripted model, a loopback server, a tiny student."""
