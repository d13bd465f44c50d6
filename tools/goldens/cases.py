"""Runs one ParallelComp case and writes what every step of it gave."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Sequence

import torch
from torch import Tensor

from goldens import parallelcomp as pc
from goldens.fixture import Fixture
from goldens.llama import Llama

TOKENS = 16
SAMPLES = 16
# Twice what two implementations in fp32 may differ by in a logit: greedy tokens must not hang on less.
CLEAR_LEAD = 4e-3


@dataclass(frozen=True)
class Case:
    """Which steps run, and with what."""

    name: str
    about: str
    chunks: int = 3
    calibrate: tuple[pc.Rule, ...] = ()
    votes: pc.Votes | None = None
    votes_first: bool = False
    merged_calibrate: tuple[pc.Rule, ...] = ()
    merged_votes: pc.Votes | None = None


@dataclass(frozen=True)
class Setting:
    """What all cases of one model share."""

    folder: str
    model: Llama
    prompt: pc.Prompt
    ids: Tensor
    window: int
    max_new: int
    texts: dict[str, str]
    whole_kv: frozenset[str] = frozenset()  # cases whose merged cache is stored whole

    @property
    def budget(self) -> int:
        """Tokens that a chunk may hold."""
        return self.window - len(self.prompt.lead) - len(self.prompt.tail) - self.max_new

    def prefill(self) -> list[pc.Chunk]:
        """All chunks of the document."""
        return [
            pc.prefill(self.model, self.prompt, index, start, tokens)
            for index, (start, tokens) in enumerate(pc.split(self.ids, self.budget))
        ]


@dataclass(frozen=True)
class Outcome:
    """What a case came to."""

    kept: list[pc.Chunk]
    merged: pc.Merged
    merged_keep: pc.Keep | None
    logits: Tensor  # [vocab]
    greedy: list[int]
    leads: list[float]


def compute(setting: Setting, chunks: Sequence[pc.Chunk], case: Case) -> Outcome:
    """Select, evict, calibrate, merge, decode."""
    model, tail = setting.model, setting.prompt.tail
    kept = pc.select(chunks, case.chunks)
    if case.votes and case.votes_first:
        kept = [pc.evict(model, c, case.votes) for c in kept]
    if case.calibrate:
        kept = [pc.calibrate(model, c, case.calibrate) for c in kept]
    if case.votes and not case.votes_first:
        kept = [pc.evict(model, c, case.votes) for c in kept]
    merged, merged_keep = pc.merge(model, kept), None
    if case.merged_votes:
        first = model.forward(tail, merged.position, merged.cache)
        merged, merged_keep = pc.evict_merged(model, merged, first, case.merged_votes)
    if case.merged_calibrate:
        first = model.forward(tail, merged.position, merged.cache)
        merged = pc.calibrate_merged(model, merged, first, case.merged_calibrate)
    logits = model.forward(tail, merged.position, merged.cache).logits[-1]
    greedy, leads = model.greedy(tail, merged.position, merged.cache, TOKENS)
    return Outcome(kept, merged, merged_keep, logits, greedy, leads)


def write(setting: Setting, chunks: Sequence[pc.Chunk], case: Case) -> None:
    """Computes and saves one case."""
    outcome = compute(setting, chunks, case)
    facts = {**_shared(setting, chunks), **_of_case(setting, chunks, case, outcome)}
    fixture = Fixture(f"{setting.folder}/parallelcomp/{case.name}", case.about, **facts)
    fixture.add("tail_log_probs", torch.stack([c.log_probs for c in chunks]))  # [chunks, rows]
    for chunk in outcome.kept:
        if case.votes or case.calibrate:
            fixture.add(f"kept/{chunk.index}", pc.pad(chunk.keep), "int16")  # [layers, kvHeads, entries]
        if case.votes and not case.calibrate:
            fixture.add(f"votes/{chunk.index}", chunk.votes)  # [layers, kvHeads, entries]
        if case.calibrate:
            _add_dropped(fixture, str(chunk.index), chunk.dropped, chunk.attention)
    if case.merged_calibrate:
        _add_dropped(fixture, "merged", outcome.merged.dropped, outcome.merged.attention)
    if outcome.merged_keep is not None:
        fixture.add("kept/merged", pc.pad(outcome.merged_keep), "int16")  # [layers, kvHeads, entries]
    _add_merged(fixture, outcome.merged, case.name in setting.whole_kv)
    fixture.add("logits", outcome.logits)  # [vocab]
    fixture.add("greedy", outcome.greedy, "int32")  # [16]
    fixture.add("greedy_leads", outcome.leads)  # [16]
    if min(outcome.leads) < CLEAR_LEAD:
        raise AssertionError(f"{fixture.name}: a greedy token leads by {min(outcome.leads)} only")
    fixture.save()


def _shared(setting: Setting, chunks: Sequence[pc.Chunk]) -> dict[str, Any]:
    prompt = setting.prompt
    return {
        **setting.texts,
        "window": setting.window,
        "maxNew": setting.max_new,
        "budget": setting.budget,
        "lead": prompt.lead.tolist(),
        "tail": prompt.tail.tolist(),
        "scored": list(prompt.scored),
        "chunks": [
            {"index": c.index, "start": c.start, "tokens": len(c.tokens), "score": c.score}
            for c in chunks
        ],
    }


def _of_case(
    setting: Setting, chunks: Sequence[pc.Chunk], case: Case, outcome: Outcome
) -> dict[str, Any]:
    facts: dict[str, Any] = {"select": case.chunks, "kept": [c.index for c in outcome.kept]}
    facts["highest"] = [c.index for c in pc.select(chunks, case.chunks, lowest=False)]
    layers = setting.model.layers
    if case.votes:
        facts["votes"] = asdict(case.votes)
        facts["votesMargin"] = min(_votes_margin(c, case.votes) for c in outcome.kept)
    if case.calibrate:
        facts["calibrate"] = [_rule(r, layers) for r in case.calibrate]
        facts["outliers"] = [_outliers(setting.model, c, case) for c in outcome.kept]
    if case.votes and case.calibrate:
        facts["order"] = ["votes", "calibrate"] if case.votes_first else ["calibrate", "votes"]
    if case.merged_votes:
        facts["mergedVotes"] = asdict(case.merged_votes)
    if case.merged_calibrate:
        facts["mergedCalibrate"] = [_rule(r, layers) for r in case.merged_calibrate]
        facts["outliers"] = _merged_outliers(setting, case, outcome)
    facts["position"] = outcome.merged.position
    return facts


def _rule(rule: pc.Rule, layers: int) -> dict[str, Any]:
    touched = rule.range(layers)
    return {
        "zone": rule.zone,
        "lambda": rule.threshold,
        "width": rule.width,
        "rows": rule.rows,
        **({"depth": list(rule.depth)} if rule.depth else {}),
        "layers": [touched[0], touched[-1]],
    }


def _votes_margin(chunk: pc.Chunk, rule: pc.Votes) -> float:
    """Smallest relative distance between the last vote kept and the next smaller one."""
    margin = 1.0
    for votes, entries in zip(chunk.votes.flatten(0, 1), [e for heads in chunk.keep for e in heads]):
        free = votes.clone()
        free[: chunk.lead] = -1
        kept = entries[entries >= chunk.lead]
        if not len(kept):
            continue
        last = free[kept].min()
        below = free[(free < last) & (free >= 0)]
        if len(below):
            margin = min(margin, float((last - below.max()) / last))
    return margin


def _outliers(model: Llama, chunk: pc.Chunk, case: Case) -> dict[str, Any]:
    """Row 29: entries that the rules would drop, before and after they did; `margin` is the nearest a_j to lambda."""
    before = replace(chunk, keep=chunk.whole)
    if case.votes and case.votes_first:
        before = pc.evict(model, before, case.votes)
    after = pc.calibrate(model, before, case.calibrate)
    again = pc.calibrate(model, after, case.calibrate)
    counts = {"chunk": chunk.index, "before": len(after.dropped), "after": len(again.dropped)}
    return {**counts, "margin": _margin(model, pc.held(before), chunk.tail, case.calibrate)}


def _merged_outliers(setting: Setting, case: Case, outcome: Outcome) -> dict[str, Any]:
    model, tail, after = setting.model, setting.prompt.tail, outcome.merged
    rules = case.merged_calibrate
    second = model.forward(tail, after.position, after.cache)
    again = pc.calibrate_merged(model, after, second, rules)
    before = pc.merge(model, outcome.kept)
    first = model.forward(tail, before.position, before.cache)
    margin = _margin(model, before.cache, first, rules)
    return {"before": len(after.dropped), "after": len(again.dropped), "margin": margin}


def _margin(model: Llama, past: pc.Past, tail: pc.Pass, rules: Sequence[pc.Rule]) -> float:
    """Smallest distance of any entry's attention from a rule's threshold in the layers it touches."""
    return min(
        float((pc.mean_attention(model, past, tail, r.rows)[list(r.range(model.layers))] - r.threshold).abs().min())
        for r in rules
    )


def _add_dropped(fixture: Fixture, name: str, places: list[tuple[int, int, int]], values: list[float]) -> None:
    fixture.add(f"dropped/{name}", torch.tensor(places).reshape(-1, 3), "int32")  # [dropped, 3]
    fixture.add(f"dropped_attention/{name}", values)  # [dropped]


def _add_merged(fixture: Fixture, merged: pc.Merged, whole: bool) -> None:
    """The merged cache itself, or sums and samples of it; zeros after a ragged head's last entry."""
    counts = torch.stack(merged.cache.mask).sum(-1)  # [layers, kvHeads]
    keys, values = torch.stack(merged.cache.keys), torch.stack(merged.cache.values)
    fixture.add("merged_counts", counts, "int32")  # [layers, kvHeads]
    fixture.add("merged_positions", torch.stack(merged.positions), "int16")  # [layers, kvHeads, entries]
    if whole:
        fixture.add("merged_keys", keys)  # [layers, kvHeads, entries, headDim]
        fixture.add("merged_values", values)  # [layers, kvHeads, entries, headDim]
        return
    both = torch.stack([keys, values], 2).double()  # [layers, kvHeads, 2, entries, headDim]
    sums = torch.stack([both.sum((-1, -2)), both.abs().sum((-1, -2))], -1)
    fixture.add("merged_sums", sums.float())  # [layers, kvHeads, 2, 2]
    generator = torch.Generator().manual_seed(0)
    entry = torch.randint(0, int(counts.min()), (SAMPLES,), generator=generator)
    dim = torch.randint(0, keys.shape[-1], (SAMPLES,), generator=generator)
    fixture.add("merged_samples_at", torch.stack([entry, dim], 1), "int32")  # [16, 2]
    fixture.add("merged_samples", both[..., entry, dim].float())  # [layers, kvHeads, 2, 16]
