"""Sphinx settings of the site; `make docs` builds it with every warning an error."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "pipeline")]

from sphinx.application import Sphinx
from tutelage import __version__

from docs.generated import fill

project = "Tutelage"
author = "The Tutelage authors"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
exclude_patterns = ["_build", "SKILL.md"]
html_extra_path = ["llms.txt", "SKILL.md"]  # for agents: served as they are
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
default_role = "code"  # a name in single backticks is code, in docstrings as in Markdown
nitpicky = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"exclude-members": "model_config"}
html_theme = "furo"
html_title = "Tutelage"
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}


def setup(app: Sphinx) -> None:
    """Fill the pages whose tables come from the code."""
    app.connect("source-read", lambda app, page, source: fill(source))
