"""One verdict on a composition: deterministic frame checks joined with a vision model."""
