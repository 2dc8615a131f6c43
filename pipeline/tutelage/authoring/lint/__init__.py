"""`tutelage lint`: everything wrong with a taxonomy, its form and its substance, in one pass."""
