"""Predictions that InfiniteBench published with its results."""

import json
from pathlib import Path

from metric_parity.cases import Case

_TASKS = {
    "infinitebench-passkey": ["passkey", "number_string"],
    "infinitebench-kv-retrieval": ["kv_retrieval"],
    "infinitebench-code-run": ["code_run"],
    "infinitebench-code-debug": ["code_debug"],
    "infinitebench-math-find": ["math_find"],
    "infinitebench-math-calc": ["math_calc"],
    "infinitebench-dialogue": ["longdialogue_qa_eng"],
    "infinitebench-choice": ["longbook_choice_eng"],
    "infinitebench-qa-zh": ["longbook_qa_chn"],
    "infllm-choice": ["longbook_choice_eng"],
    "infllm-code-debug": ["code_debug"],
    "infllm-code-debug-guess": ["code_debug"],
    "infllm-dialogue": ["longdialogue_qa_eng"],
    "infllm-qa-f1": ["longbook_qa_eng"],
    "qa-f1": ["longbook_qa_eng"],
    "rouge-l": ["longbook_sum_eng"],
    "rouge-lsum": ["longbook_sum_eng"],
    "code-sim": ["longbook_qa_eng", "longbook_sum_eng"],
    "code-sim-levenshtein": ["longbook_qa_eng"],
    "edit-similarity": ["longbook_qa_eng"],
}


def recorded(results: Path, name: str) -> list[Case]:
    """All models' predictions of the tasks that a metric can judge."""
    cases: list[Case] = []
    for task in _TASKS.get(name, []):
        for path in sorted(results.glob(f"*/preds_{task}.jsonl")):
            for line in path.read_text("utf-8").split("\n"):
                row = _row(line)
                prediction = row.get("prediction", row.get("pred"))
                if not isinstance(prediction, str):
                    continue
                truth = row.get("ground_truth", row.get("label"))
                while isinstance(truth, list) and truth and isinstance(truth[0], list):
                    truth = truth[0]
                values = truth if isinstance(truth, list) else [truth]
                numbers = name in ("infinitebench-code-run", "infinitebench-math-find", "infinitebench-math-calc")
                cases.append((prediction, [json.dumps(v) if numbers else str(v) for v in values], None))
    return cases


def _row(line: str) -> dict[str, object]:
    """A line of results; a few of the published ones are broken."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        return {}
    return row if isinstance(row, dict) else {}
