"""What Kefu must reach, measured: each figure against a limit measured in the same run, since absolute ones wander."""
