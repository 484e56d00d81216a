"""How Sphinx makes the site of these pages: `make docs`."""

project = "sandbox"
author = "the sandbox authors"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = "sandbox"
html_show_copyright = False
html_static_path = ["site.css"]
html_css_files = ["site.css"]  # long commands are broken, not hidden
exclude_patterns = ["_made"]  # pieces that pages include
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
default_role = "code"  # our docstrings mark code as Markdown does
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": False}
maximum_signature_line_length = 60
nitpicky = False  # types of NumPy and pandas have no page here
