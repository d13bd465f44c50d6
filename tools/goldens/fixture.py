"""A golden on disk: a JSON manifest and one gzip file of little-endian numbers."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

FOLDER = Path(__file__).parents[2] / "tests" / "fixtures" / "goldens"

_DTYPES = {
    np.dtype("float32"): "float32",
    np.dtype("int16"): "int16",
    np.dtype("int32"): "int32",
}


class Fixture:
    """Collects facts (JSON) and tensors; `save` writes `<name>.json` and `<name>.bin.gz`."""

    def __init__(self, name: str, about: str, **facts: Any) -> None:
        self.name = name
        self.about = about
        self.facts = facts
        self._tensors: dict[str, np.ndarray] = {}

    def add(self, name: str, values: Any, dtype: str = "float32") -> None:
        """Adds a tensor; a change of type must not change a value."""
        if isinstance(values, torch.Tensor):
            values = values.detach().numpy()
        given = np.asarray(values)
        stored = np.ascontiguousarray(given, dtype=np.dtype(dtype).newbyteorder("<"))
        if dtype != "float32" and not np.array_equal(given, stored):
            raise ValueError(f"{self.name}: {name} does not fit {dtype}")
        if dtype == "float32" and not np.isfinite(stored).all():
            raise ValueError(f"{self.name}: {name} is not finite")
        self._tensors[name] = stored

    def save(self) -> None:
        """Writes both files; the same content gives the same bytes."""
        entries, data = {}, bytearray()
        for name, values in self._tensors.items():
            data.extend(bytes(-len(data) % 4))  # typed arrays want alignment
            entries[name] = {
                "dtype": _DTYPES[values.dtype],
                "shape": list(values.shape),
                "offset": len(data),
            }
            data.extend(values.tobytes())
        path = FOLDER / f"{self.name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        binary = path.with_name(f"{path.stem}.bin.gz")
        manifest = {"about": self.about, "facts": self.facts, "tensors": entries}
        path.write_text(_pretty(manifest) + "\n", encoding="utf-8")
        binary.write_bytes(gzip.compress(bytes(data), 9, mtime=0))


def _pretty(value: Any, indent: str = "") -> str:
    """JSON in which everything that fits stands on one line."""
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(indent) + len(line) <= 100 or not isinstance(value, (dict, list)):
        return line
    inner = indent + "  "
    if isinstance(value, list):
        if not any(isinstance(v, (dict, list)) for v in value):
            return line
        return "[\n" + ",\n".join(inner + _pretty(v, inner) for v in value) + f"\n{indent}]"
    body = (f"{inner}{json.dumps(k)}: {_pretty(v, inner)}" for k, v in value.items())
    return "{\n" + ",\n".join(body) + f"\n{indent}}}"
