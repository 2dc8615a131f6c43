"""The `tutelage` command: one file per subcommand, thin over the module that does the work."""

from tutelage.cli.app import main

__all__ = ["main"]
