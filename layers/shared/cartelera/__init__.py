"""What every Cartelera handler shares: storage, releases, look-up, the model, HTTP manners."""
