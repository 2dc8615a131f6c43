"""Model and dataset cards in the hub's format, made from plain facts."""
