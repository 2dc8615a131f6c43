"""The generation flows: how a leaf's own examples become few-shot prompts, and answers become rows."""
