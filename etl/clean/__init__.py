"""Raw records in, typed and unnested tables out; what cannot be used is set aside."""
