"""Engines: what answers requests, on a server or in this process."""
