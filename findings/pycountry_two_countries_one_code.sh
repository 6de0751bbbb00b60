#!/usr/bin/env bash
# pycountry 26.2.16: of two former countries with one alpha-2 code, `get` knows the last one alone.
#
# ISO 3166-3 lists the code CS twice: Czechoslovakia (CSHH, until 1993) and Serbia and Montenegro
# (CSXX, 2003 to 2006). Both are in pycountry.historic_countries, but get(alpha_2="CS") returns
# Serbia and Montenegro and says nothing of the other: each index is a dictionary in which the later
# record replaces the earlier one. Film data of 1918 to 1992 with the code CS would silently be
# Serbian. search_fuzzy does not look at former countries' codes at all; only a loop, or alpha_4,
# finds Czechoslovakia.
#
# Output seen:
#   records with CS: CSHH Czechoslovakia, Czechoslovak Socialist Republic; CSXX Serbia and Montenegro
#   get(alpha_2="CS"): CSXX Serbia and Montenegro
#   get(alpha_4="CSHH"): Czechoslovakia, Czechoslovak Socialist Republic
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pycountry==26.2.16
"$work/venv/bin/python" - <<'PYTHON'
from pycountry import historic_countries

both = [each for each in historic_countries if getattr(each, "alpha_2", None) == "CS"]
print("records with CS:", "; ".join(f"{each.alpha_4} {each.name}" for each in both))
found = historic_countries.get(alpha_2="CS")
print(f'get(alpha_2="CS"): {found.alpha_4} {found.name}')
other = historic_countries.get(alpha_4="CSHH")
print(f'get(alpha_4="CSHH"): {other.name}')
assert [each.alpha_4 for each in both] == ["CSHH", "CSXX"]
assert found.alpha_4 == "CSXX"
assert other.name.startswith("Czechoslovakia")
PYTHON
