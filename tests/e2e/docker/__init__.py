"""Docker where there is none, and the image that functions run in where it cannot be pulled."""
