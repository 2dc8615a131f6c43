"""For tests, users' own too: a chat server on loopback that answers, errs or stalls as set.

Beside it stand the model `scripted:my_module:reply`, which answers by a rule, and the stage
`random_student`, which makes a tiny student: whole recipes run without a download.
"""
