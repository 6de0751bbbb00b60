"""The report of what there is to see in a catalogue: statistics, charts, and a page of both.

`statistics.explore` measures a catalogue and returns `facts`, small and plain; `page.draw` needs
no more than those, so that another process can draw while the job goes on. What the job knows later
follows by a connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from etl.report.facts import Facts


def draw(given: tuple[Facts, Connection]) -> dict[str, bytes]:
    """Return the report and its charts; see `page.draw`.

    `given` are the facts, and what receives those of the charts that are measured later, by chart.
    """
    facts, later = given
    # Here and not above: it brings what draws, which the process that starts it does without.
    from etl.report import page  # noqa: PLC0415

    return page.draw(facts, later.recv)
