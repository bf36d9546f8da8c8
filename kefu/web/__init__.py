"""What every page is made of: base templates, parts, icons, CSS, small scripts, headers."""
