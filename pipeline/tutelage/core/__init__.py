"""Ground floor: rows and other artifacts, errors, settings, text, files; imports no other room."""
