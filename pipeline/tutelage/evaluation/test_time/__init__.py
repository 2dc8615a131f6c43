"""Test-time compute: what thinking longer buys, by strategy, from one pool of answers."""
