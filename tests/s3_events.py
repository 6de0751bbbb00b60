"""The events that S3 sends to EventBridge: one for each kind of key."""

from __future__ import annotations

from typing import Any

BUCKET = "cartelera-releases"
_BATCH = "raw/2026-01"
# Those that the job's rule matches. The state machine looks at the key again, and has the job say
# whether it reads the file.
_RAW_FILES = {
    **{name: f"{_BATCH}/{name}.csv" for name in ("movies_metadata", "movies_dataset", "credits")},
    "movies_metadata_gz": f"{_BATCH}/movies_metadata.csv.gz",
    "movies_dataset_gz": f"{_BATCH}/movies_dataset.csv.gz",
    "credits_gz": f"{_BATCH}/credits.csv.gz",
    "batch_with_spaces": "raw/enero 2026, a mano/credits.csv",
    "batch_with_plus": "raw/2026+01/credits.csv",
    "batch_with_percent": "raw/100%25 real%2F/credits.csv",
    "batch_with_accents": "raw/edición-ñandú/credits.csv",
    "batch_with_quotes": 'raw/"2026" o \'26\\/credits.csv',
    "deeper": f"{_BATCH}/old/credits.csv",
    "folder_named_as_a_file": f"{_BATCH}/credits.csv/credits.csv",
    "no_batch_name": "raw//credits.csv",
    "batch_folder": f"{_BATCH}/",
    "keywords": f"{_BATCH}/keywords.csv",
    "keywords_gz": f"{_BATCH}/keywords.csv.gz",
    "no_batch": "raw/credits.csv",
    "other_name": f"{_BATCH}/my_credits.csv",
    "far_deeper": f"{_BATCH}/old/older/credits.csv",
}
_OTHERS = {
    "answers": f"lotes/respuestas/{'ca978112' * 8}.jsonl",
    "other_prefix": f"drafts/{_BATCH}/credits.csv",
    "pointer": "current.9.json",
    "release": f"releases/20260115T093000Z-0a1b2c3d/{_BATCH}/credits.csv",
}


def s3_event(key: str, bucket: str = BUCKET, happened: str = "Object Created") -> dict[str, Any]:
    """Return the event of an object, as S3 sends it to EventBridge."""
    return {
        "version": "0",
        "id": "582f4a61-0945-4fdf-a7d5-7acf3089f64a",
        "detail-type": happened,
        "source": "aws.s3",
        "account": "111122223333",
        "time": "2026-01-15T09:30:00Z",
        "region": "eu-south-2",
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {
                "key": key,
                "size": 34445126,
                "etag": "dba7d99b80b1aad23c2324a6bc121c8d",
                "version-id": "2077dd3c306fd9dadc9d8968e1a3be24",
                "sequencer": "00DBA7D99B80B1AAD2",
            },
            "request-id": "3C2324A6BC121C8D",
            "requester": "111122223333",
            "source-ip-address": "192.0.2.10",
            "reason": "DeleteObject" if happened == "Object Deleted" else "PutObject",
        },
    }


S3_EVENTS = {
    **{name: s3_event(key) for name, key in (_RAW_FILES | _OTHERS).items()},
    "deleted": s3_event(_RAW_FILES["credits"], happened="Object Deleted"),
    "other_bucket": s3_event(_RAW_FILES["credits"], "somebody-elses"),
}
MATCHED = _RAW_FILES.keys()
