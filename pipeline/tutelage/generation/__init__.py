"""The generation flows: a leaf's own examples become few-shot prompts, and answers become rows."""
