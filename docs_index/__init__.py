"""Search over our recipes and the type declarations of Diffusion Studio core."""
