"""How charts are drawn: plain objects with their texts in both languages, written as SVG.

A small renderer of our own: `leather` and `pygal` have neither logarithmic axes with cells on them
nor texts measured to fit, and what draws by Vega takes thirty times as long.
"""
