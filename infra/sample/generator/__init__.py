"""A seeded generator of raw folders of any size, with the statistics and defects of the real set.

Everything in it is invented: words, titles and names are built from syllables. Only statistics are
taken from the real set; reference.toml and defects.toml list them.
"""
