#!/usr/bin/env bash
# scipy 1.18.1 with numpy 2.5.5: importing scipy.sparse, for a product of two sparse matrices, also
# imports the generator of Fortran wrappers (numpy.f2py with its parser), NumPy's tools for testing,
# its masked arrays and its polynomials, none of which is used.
#
# numpy loads these when somebody asks for them as attributes. scipy.sparse imports scipy's layer
# over array libraries, whose copy of numpy's namespace asks for every name that dir(numpy) lists.
# So where a program counts its milliseconds at the start, as a function that runs on demand does,
# it pays for all of them at the first sparse matrix: numpy's own lazy loading is of no use to it.
#
# Output seen:
#   numpy alone: []
#   scipy.sparse: ['numpy.f2py', 'numpy.f2py.crackfortran', 'numpy.ma', 'numpy.polynomial',
#   'numpy.testing'] (on one line)
#   of the time of importing scipy.sparse, numpy.f2py takes more than a tenth: True
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.5.5 scipy==1.18.1
cat > "$work/imports.py" <<'PYTHON'
import subprocess
import sys

HEAVY = ("numpy.f2py", "numpy.f2py.crackfortran", "numpy.ma", "numpy.polynomial", "numpy.testing")


def run(*arguments):
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True)


def loaded(module):
    code = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    return run("-c", code).stdout


def shares():
    """Of importing scipy.sparse after numpy, in the microseconds of -X importtime."""
    ran = run("-X", "importtime", "-c", "import numpy; import scipy.sparse")
    taken = {}
    for line in ran.stderr.splitlines():
        _, cumulative, name = line.removeprefix("import time:").split("|")
        if cumulative.strip().isdigit():
            taken.setdefault(name.strip(), int(cumulative))
    return taken["numpy.f2py"], taken["scipy.sparse"]


alone, sparse = loaded("numpy"), loaded("scipy.sparse")
print(f"numpy alone: {alone}", end="")
print(f"scipy.sparse: {sparse}", end="")
much = max(part / whole for part, whole in (shares() for _ in range(5))) > 0.1
print(f"of the time of importing scipy.sparse, numpy.f2py takes more than a tenth: {much}")
assert alone.strip() == "[]" and sparse.strip() == str(list(HEAVY)) and much
PYTHON
"$work/venv/bin/python" "$work/imports.py"
