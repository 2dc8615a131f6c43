"""A taxonomy from a folder of documents and a list of tasks: `tutelage init`."""
