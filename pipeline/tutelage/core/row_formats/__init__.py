"""Formats of rows that users bring and take away: a record in, a row in TRL's columns out."""
