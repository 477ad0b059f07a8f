"""certlib."""
