"""What films have in common: TF-IDF features and the model made of them."""
