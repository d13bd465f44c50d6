"""An exported model on disk: its files zipped, and whose configuration and tokenizer belong to it."""

import gzip
import json
from pathlib import Path

ROOT = Path(__file__).parents[2] / "tests" / "fixtures"
MODELS = ROOT / "models"
EXPORTED = ROOT / "exported"


def save(name: str, source: str, files: dict[str, bytes], about: str) -> None:
    """Writes `<name>/<file>.gz` for every file, and `<name>/fixture.json`; the same content gives the same bytes."""
    folder = EXPORTED / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        (folder / f"{file}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    facts = {"about": about, "source": source, "files": sorted(files)}
    (folder / "fixture.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
