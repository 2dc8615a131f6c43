"""Preference pairs: attempts at a prompt, told apart by what can be checked, else by a judge."""
