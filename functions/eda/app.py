"""GET /eda: what there is to see in the catalogue, in charts and words."""

from cartelera.http.report import Report

handler = Report("/eda")
