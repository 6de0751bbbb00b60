"""The report of what there is to see in a catalogue: statistics, charts, and a page of both.

`statistics.explore` measures a catalogue and returns `facts`, small and plain; `page.draw` needs
no more than those.
"""
