"""The `tutelage` command: one file per subcommand, thin over the module that does the work."""

from pipeline.cli.app import main

__all__ = ["main"]
