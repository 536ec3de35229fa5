"""`make bench`: what Roughcut costs, as ratios against others at the same job, measured in one run."""
