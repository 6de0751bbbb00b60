"""GET /eda: what there is to see in the catalogue, in charts and words."""

from cartelera.http.report_page import ReportPage

handler = ReportPage("/eda")
