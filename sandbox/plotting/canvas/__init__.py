"""How figures look: style, axes, text."""
