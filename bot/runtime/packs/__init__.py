"""Pack files: their shape, their lines, and what is checked about them."""
