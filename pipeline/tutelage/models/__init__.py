"""Models: anything that answers chat requests, by whichever engine, each answer with its usage."""
