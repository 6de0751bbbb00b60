"""The current release: opened lazily, verified, and swapped when the job publishes another."""

from cartelera.release.current import Releases, no_release, override_releases, releases
from cartelera.release.release import Release

__all__ = ["Release", "Releases", "no_release", "override_releases", "releases"]
