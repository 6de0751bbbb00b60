"""The charts: a module for each section of the page, or more."""
