"""What Kefu must reach, measured; against a limit of the same run where there is one."""
