"""The published scorers, imported from where their owners' files lie."""

import hashlib
import importlib.util
import json
import sys
import types
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any, Callable

Scorer = Callable[[str, list[str], list[str] | None], float]


class Originals:
    """Scorers by the names of ours, each with its file, function and packages."""

    def __init__(self, longbench: Path, infinitebench: Path, infllm: Path) -> None:
        sys.modules["evaluate"] = _evaluate()
        sys.path.insert(0, str(infinitebench))  # args.py
        difflib = _load(longbench / "metrics.py", levenshtein=False)
        levenshtein = _load(longbench / "metrics.py", levenshtein=True)
        official = _load(infinitebench / "compute_scores.py")
        variant = _load(infllm / "infinitebench_eval.py")
        self._scorers: dict[str, tuple[Scorer, Any, str, list[str]]] = {}
        self._longbench(difflib, levenshtein)
        self._infinitebench(official)
        self._infllm(variant)

    def names(self) -> list[str]:
        return list(self._scorers)

    def scorer(self, name: str) -> Scorer:
        return self._scorers[name][0]

    def about(self, name: str) -> dict[str, Any]:
        _, module, symbol, packages = self._scorers[name]
        path = Path(module.__file__)
        return {
            "original": {
                "file": "/".join(path.parts[-2:]),
                "function": symbol,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            },
            "packages": {"python": sys.version.split()[0], **{p: version(p) for p in packages}},
        }

    def _longbench(self, difflib: Any, levenshtein: Any) -> None:
        def add(name: str, module: Any, symbol: str, *packages: str, first_line: bool = False) -> None:
            function = getattr(module, symbol)

            def score(prediction: str, expected: list[str], options: list[str] | None) -> float:
                if first_line:  # eval.py, scorer
                    prediction = prediction.lstrip("\n").split("\n")[0]
                best = 0.0
                for reference in expected:
                    best = max(best, function(prediction, reference, all_classes=options))
                return best

            self._scorers[name] = (score, module, symbol, list(packages))

        add("qa-f1", difflib, "qa_f1_score")
        add("qa-f1-first-line", difflib, "qa_f1_score", first_line=True)
        add("rouge-l", difflib, "rouge_score", "rouge")
        add("rouge-l-first-line", difflib, "rouge_score", "rouge", first_line=True)
        add("qa-f1-zh", difflib, "qa_f1_zh_score", "jieba")
        add("rouge-l-zh", difflib, "rouge_zh_score", "jieba", "rouge")
        add("classification", difflib, "classification_score")
        add("classification-first-line", difflib, "classification_score", first_line=True)
        add("retrieval", difflib, "retrieval_score")
        add("retrieval-zh", difflib, "retrieval_zh_score")
        add("count", difflib, "count_score")
        add("code-sim", difflib, "code_sim_score", "fuzzywuzzy")
        add("code-sim-levenshtein", levenshtein, "code_sim_score", "fuzzywuzzy", "python-Levenshtein")
        fuzz = levenshtein.fuzz
        packages = ["fuzzywuzzy", "python-Levenshtein"]
        edit = lambda p, expected, _: max([0.0, *(fuzz.ratio(p, e) / 100 for e in expected)])
        self._scorers["edit-similarity"] = (edit, fuzz, "ratio", packages)

    def _infinitebench(self, module: Any) -> None:
        tasks = {
            "passkey": ("passkey", _texts),
            "kv-retrieval": ("kv_retrieval", _one),
            "code-run": ("code_run", _number),
            "code-debug": ("code_debug", _texts),
            "math-find": ("math_find", _numbers),
            "math-calc": ("math_calc", _numbers),
            "dialogue": ("longdialogue_qa_eng", _texts),
            "choice": ("longbook_choice_eng", _texts),
            "qa-zh": ("longbook_qa_chn", _texts),
        }
        for name, (task, label) in tasks.items():
            self._add_official(f"infinitebench-{name}", module, task, label)
        self._add_official("rouge-lsum", module, "longbook_sum_eng", _texts, "rouge-score")

    def _add_official(self, name: str, module: Any, task: str, label: Callable[[list[str]], Any], *packages: str) -> None:
        score = lambda p, expected, _: module.get_score_one(p, label(expected), task, "ours")
        self._scorers[name] = (score, module, f"get_score_one_{task}", list(packages))

    def _infllm(self, module: Any) -> None:
        def add(name: str, task: str) -> None:
            # eval.py, calc_score: every reference alone, the best of them
            score = lambda p, expected, _: max(
                [0.0, *(module.get_score_one(p, e, task) for e in expected)]
            )
            self._scorers[name] = (score, module, f"get_score_one_{task}", [])

        add("infllm-choice", "longbook_choice_eng")
        add("infllm-dialogue", "longdialogue_qa_eng")
        add("infllm-qa-f1", "longbook_qa_eng")
        guess = lambda p, expected, _: module.get_score_one(p, expected, "code_debug")
        self._scorers["infllm-code-debug-guess"] = (guess, module, "get_score_one_code_debug", [])

        def without(p: str, expected: list[str], _: list[str] | None) -> float:
            drawn: list[bool] = []
            choice = module.random.choice
            module.random.choice = lambda options: drawn.append(True) or choice(options)
            try:
                score = module.get_score_one(p, expected, "code_debug")
            finally:
                module.random.choice = choice
            return 0.0 if drawn else score

        self._scorers["infllm-code-debug"] = (without, module, "get_score_one_code_debug", [])


def _texts(expected: list[str]) -> list[str]:
    return expected


def _one(expected: list[str]) -> str:
    return expected[0]


def _number(expected: list[str]) -> Any:
    return json.loads(expected[0])


def _numbers(expected: list[str]) -> list[Any]:
    return [json.loads(text) for text in expected]


def _load(path: Path, levenshtein: bool = True) -> Any:
    """Runs a file as a module of its own; without Levenshtein, fuzzywuzzy takes difflib."""
    for name in [name for name in sys.modules if name.startswith("fuzzywuzzy")]:
        del sys.modules[name]
    hidden = {} if levenshtein else {"Levenshtein": None}
    known = {name: sys.modules[name] for name in hidden if name in sys.modules}
    sys.modules.update(hidden)  # type: ignore[arg-type]
    spec = importlib.util.spec_from_file_location(f"{path.stem}_{levenshtein}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec.loader.exec_module(module)
    for name in hidden:
        del sys.modules[name]
    sys.modules.update(known)
    return module


def _evaluate() -> types.ModuleType:
    """What `evaluate.load("rouge")` computes, by the package that it calls."""
    from rouge_score import rouge_scorer

    types_of = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
    scorer = rouge_scorer.RougeScorer(rouge_types=types_of, use_stemmer=False)

    def compute(predictions: list[str], references: list[Any], use_aggregator: bool) -> dict[str, list[float]]:
        assert not use_aggregator
        scores = [
            scorer.score_multi(r, p) if isinstance(r, list) else scorer.score(r, p)
            for r, p in zip(references, predictions)
        ]
        return {t: [score[t].fmeasure for score in scores] for t in types_of}

    module = types.ModuleType("evaluate")
    module.load = lambda name: types.SimpleNamespace(compute=compute)  # type: ignore[attr-defined]
    return module
