"""Requests spread over worker processes: a model and requests go in, completions come out.

The process of the run keeps the journal and the budget: it hands a request out with its worst case
set aside, so what a worker holds is its lease. A worker writes what it sends and what is answered
into a file of its own before anyone sees it, so that nothing is lost with either of them.
"""
