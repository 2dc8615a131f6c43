"""The local pages: in goes a run's folder, out come review, watch and chat in the browser."""
