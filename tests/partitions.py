"""The sample's release with its tables in blocks, as a large catalogue has them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cartelera.contract.release_format import release_path
from cartelera.contract.tables import FILMACIONES, TABLES
from etl.release.block_writer import BlockSizes, split_into_blocks
from etl.release.files import ReleaseFile, table_file
from etl.release.pointers import move_pointer
from etl.release.publish import make_manifest, upload
from etl.release.storage import open_storage
from etl.release.table_files import decode_table

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from cartelera.contract.release_format import Manifest


def tables_in_blocks(
    place: Path, manifest: Manifest, block_rows: int, **others: int
) -> dict[str, pa.Table | ReleaseFile]:
    """Return the tables of a release by path, those that may grow in blocks.

    `block_rows` and `others` are those of `BlockSizes`.
    """
    sizes = BlockSizes(most_rows=0, block_rows=block_rows, **others)
    folder = place / release_path(manifest["release"], "")
    paths = [path for path in manifest["files"] if _is_look_up(path)]
    # Filmographies first, as the job builds them.
    paths.sort(key=lambda path: path != FILMACIONES.path)
    tables = ((path, decode_table((folder / path).read_bytes())) for path in paths)
    return dict(split_into_blocks(tables, sizes))


def publish_in_blocks(
    place: Path, manifest: Manifest, target: str, block_rows: int, **others: int
) -> Manifest:
    """Publish a release again, in another place, with its tables as `tables_in_blocks` has them."""
    files = files_in_blocks(place, manifest, block_rows, **others)
    made = make_manifest(
        files, manifest["films"], manifest["rows"], manifest["sources"], datetime.now(UTC)
    )
    store = open_storage(target)
    move_pointer(store, upload(store, made, files), None)
    return made


def files_in_blocks(
    place: Path, manifest: Manifest, block_rows: int, **others: int
) -> dict[str, ReleaseFile]:
    """Return the files of a release, its tables as `tables_in_blocks` has them."""
    folder = place / release_path(manifest["release"], "")
    files = {
        path: ReleaseFile((folder / path).read_bytes(), entry["rows"])
        for path, entry in manifest["files"].items()
        if not _is_look_up(path)
    }
    for path, table in tables_in_blocks(place, manifest, block_rows, **others).items():
        files[path] = table if isinstance(table, ReleaseFile) else table_file(table)
    return files


def _is_look_up(path: str) -> bool:
    return path in {schema.path for schema in TABLES}


def as_stored(files: dict[str, pa.Table | ReleaseFile]) -> dict[str, bytes]:
    """Return the files as they would lie in storage."""
    return {
        path: (table if isinstance(table, ReleaseFile) else table_file(table)).data
        for path, table in files.items()
    }
