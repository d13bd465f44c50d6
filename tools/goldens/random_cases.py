"""ParallelComp on the random models: a small document, several settings of every step."""

from typing import Sequence

import torch

from goldens import cases, checks, model_goldens
from goldens.cases import CLEAR_LEAD, Case, Setting
from goldens.llama import Llama
from goldens.parallelcomp import Chunk, Prompt, Rule, Votes, merge, select
from goldens.random_models import BOS, END, TURN, WINDOW

_QUESTION = Case(
    "votes_question_31", "All question rows, pool 31, a set per head", votes=Votes("question", 31, "none", 40)
)
_PAPER_VOTES = Votes(8, 7, "none", 44)
_RULES = (
    Rule("sink", 0.04, 20, depth=(0.75, 1.0)),
    Rule("recent", 0.04, 20, depth=(0.25, 0.5)),
    Rule("middle", 0.04, 20, depth=(0.0, 0.25)),
)
FEW = (_QUESTION,)
ALL = (
    Case("none", "Nothing evicted"),
    Case("select_one", "Only the best chunk is kept", chunks=1),
    _QUESTION,
    Case("votes_8_7", "The paper's rule: last 8 rows, pool 7, half a chunk", votes=_PAPER_VOTES),
    Case("votes_1_1", "One row, no pooling", votes=Votes(1, 1, "none", 20)),
    Case("votes_layer", "One set for a layer's heads", votes=Votes("question", 7, "layer", 24)),
    Case("votes_model", "One set for the whole model", votes=Votes("question", 15, "model", 24)),
    Case("calibrate", "Three rules in three ranges of depth", calibrate=_RULES),
    Case(
        "calibrate_all",
        "One rule in all zones of the first layers, mean of 4 rows",
        calibrate=(Rule("all", 0.05, rows=4, layers=(0, 1)),),
    ),
    Case("paper", "Calibration, then votes over what it left", calibrate=_RULES, votes=_PAPER_VOTES),
    Case(
        "votes_then_calibrate", "Votes, then calibration of what they left",
        calibrate=_RULES, votes=_PAPER_VOTES, votes_first=True,
    ),
    Case(
        "merged_calibrate", "Calibration of the merged cache",
        merged_calibrate=(Rule("sink", 0.03, 20), Rule("recent", 0.03, 20, depth=(0.0, 0.5)), Rule("middle", 0.05, 20)),
    ),
    Case("merged_votes", "Votes over the merged cache", merged_votes=Votes("question", 7, "none", 3 * 40)),
)


def write(model: Llama, name: str, which: Sequence[Case], whole_kv: frozenset[str]) -> None:
    """Takes the first seeded document on which no choice of the cases is a near tie."""
    for seed in range(500):
        setting = _setting(model, name, seed, whole_kv)
        chunks = setting.prefill()
        if _clear(setting, chunks) and all(
            min(cases.compute(setting, chunks, case).leads) >= CLEAR_LEAD for case in which
        ):
            break
    else:
        raise AssertionError(f"{name}: no document without near ties")
    checks.check(setting, chunks)
    for case in which:
        cases.write(setting, chunks, case)


def _setting(model: Llama, name: str, seed: int, whole_kv: frozenset[str]) -> Setting:
    ids = model_goldens.random_ids(422, 1000 + seed)[1:]
    question = model_goldens.random_ids(9, 2000 + seed)[1:]
    prompt = Prompt(
        torch.tensor([BOS, TURN, ord("u")]),
        torch.cat([torch.tensor([10]), question, torch.tensor([END, TURN, ord("a")])]),
        (1, 1 + len(question)),
    )
    texts = {"text": bytes(ids.tolist()).decode(), "question": bytes(question.tolist()).decode()}
    return Setting(name, model, prompt, ids, WINDOW, 16, texts, whole_kv)


def _clear(setting: Setting, chunks: Sequence[Chunk]) -> bool:
    """Scores lie apart, and the first chunk is not among the best, so that the merged BOS is another chunk's."""
    scores = sorted(c.score for c in chunks)
    apart = min(b - a for a, b in zip(scores, scores[1:])) > 0.01
    kept = select(chunks, 3)
    if not apart or kept[0].index == 0:
        return False
    merged = merge(setting.model, kept)
    return min(setting.model.greedy(setting.prompt.tail, merged.position, merged.cache, 4)[1]) > CLEAR_LEAD
