"""How fast certlib is, as ratios to what the same machine does by hand in the same run."""
