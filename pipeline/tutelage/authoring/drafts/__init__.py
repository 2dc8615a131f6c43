"""A model's drafts of examples: into a `qna.yaml`, and out of it approved, edited or removed."""
