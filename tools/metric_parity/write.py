"""Writes the fixture."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from metric_parity.cases import Case, cases_of
from metric_parity.originals import Originals
from metric_parity.recorded import recorded

_FIXTURES = Path(__file__).parents[2] / "tests" / "fixtures" / "metrics"
_LIMIT = 1000  # frames, Python's own
_ABOVE_METRIC = 2  # frames above LongBench's metrics: the module and scorer() of eval.py


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ["longbench", "infinitebench", "infllm"]:
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--recorded", type=Path)
    args = parser.parse_args()
    originals = Originals(args.longbench, args.infinitebench, args.infllm)
    folder = args.recorded or _FIXTURES
    folder.mkdir(parents=True, exist_ok=True)
    for name in originals.names():
        cases = recorded(args.infinitebench.parent / "results", name) if args.recorded else cases_of(name)
        if not cases:
            continue
        lines = [_judge(originals, name, case) for case in cases]
        text = json.dumps({"metric": name, **originals.about(name)}, indent=2)[:-2]
        rows = ",\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        (folder / f"{name}.json").write_text(f'{text},\n  "cases": [\n{rows}\n]\n}}\n', encoding="utf-8")


def _judge(originals: Originals, name: str, case: Case) -> list[Any]:
    prediction, expected, options = case
    depth = 0
    frame = sys._getframe()
    while frame:
        depth, frame = depth + 1, frame.f_back  # type: ignore[assignment]
    # The wrapper around the original's function is one frame more.
    sys.setrecursionlimit(_LIMIT + depth + 1 - _ABOVE_METRIC)
    try:
        score: float | str = float(originals.scorer(name)(prediction, expected, options))
    except Exception as error:
        score = type(error).__name__
    finally:
        sys.setrecursionlimit(_LIMIT)
    return [prediction, expected, score, *([options] if options else [])]
