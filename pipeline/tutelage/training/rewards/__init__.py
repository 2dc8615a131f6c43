"""What reinforcement learning rewards: an answer to a prompt goes in, a number comes out.

A reward is a list of terms, each with a weight. A term is a file like these and a line in the table
of `reward_term`; a user's own is named by its import path.
"""
