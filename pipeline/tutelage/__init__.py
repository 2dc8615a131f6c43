"""Tutelage: from a taxonomy and a teacher model to a measurably better small model."""

__version__ = "0.1.0"
