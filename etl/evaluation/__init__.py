"""How good the recommendations are, beside other methods, on ratings by people."""
