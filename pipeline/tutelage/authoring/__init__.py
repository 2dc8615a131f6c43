"""For whoever writes a taxonomy: starting one from documents, drafts to approve, and lint."""
