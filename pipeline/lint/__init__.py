"""`tutelage lint`: everything wrong with a taxonomy, its form and its substance, in one pass."""

from pipeline.lint.lint import Linted, lint_taxonomy

__all__ = ["Linted", "lint_taxonomy"]
