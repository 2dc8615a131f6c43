"""Preference pairs: attempts at a prompt, ranked by what can be checked, else by a judge."""
