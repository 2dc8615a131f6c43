"""A YAML file becomes typed steps: read, checked and wired before anything is loaded or spent."""
