"""Six scores of a rendered file, what is wrong with it, and whether it is golden."""
