"""ParallelComp on the bundled model: a document of three windows with a planted pass key."""

from pathlib import Path

import torch
from tokenizers import Tokenizer

from goldens import cases, checks, model_goldens, tiny
from goldens.cases import Case, Setting
from goldens.fixture import FOLDER, Fixture
from goldens.llama import Llama
from goldens.parallelcomp import Prompt, Rule, Votes

MODEL = Path(__file__).parents[2] / "models" / "tiny" / "tiny-q8_0.gguf"
DOCUMENT = FOLDER / "tiny" / "document.txt"
_QUESTION = "What is the pass key?"
_HALF = Votes(8, 7, "none", 754)
_PAPER = (
    Rule("sink", 0.1, 100, depth=(0.75, 1.0)),
    Rule("recent", 0.1, 100, depth=(0.25, 0.5)),
    Rule("middle", 0.1, 100, depth=(0.0, 0.25)),
)
_LOW = tuple(Rule(r.zone, 0.005, r.width, depth=r.depth) for r in _PAPER)
PLAIN = (
    Case("none", "Nothing evicted"),
    Case(
        "votes_question_31", "All question rows, pool 31, a set per head, 512 entries",
        votes=Votes("question", 31, "none", 512),
    ),
    Case("votes_model", "One set for the whole model, 256 entries", votes=Votes("question", 31, "model", 256)),
    Case("votes_8_7", "The paper's votes: last 8 rows, pool 7, half a chunk", votes=_HALF),
    Case("calibrate", "The paper's three calibration rules", calibrate=_PAPER),
    Case("calibrate_low", "The same three rules with a lower threshold", calibrate=_LOW),
    Case("paper", "The paper's rules: calibration, then votes", calibrate=_PAPER, votes=_HALF),
    Case(
        "votes_then_calibrate", "The paper's rules: votes, then calibration",
        calibrate=_PAPER, votes=_HALF, votes_first=True,
    ),
    Case("merged_calibrate", "The lower threshold on the merged cache", merged_calibrate=_LOW),
)
CHAT = (
    Case(
        "votes_chat", "In chat turns: a lead of several tokens, template tokens not scored",
        votes=Votes("question", 31, "none", 512),
    ),
)


def write(path: Path = MODEL) -> None:
    """Everything of the bundled model."""
    loaded, tokenizer = tiny.load(path)
    model = Llama(loaded)
    text = DOCUMENT.read_text(encoding="utf-8")
    ids = _encode(tokenizer, text)
    bos = torch.tensor([0])
    model_goldens.write_long(model, "tiny", torch.cat([bos, ids[:999]]))
    fixture = Fixture("tiny/document", "Token ids of document.txt")
    fixture.add("ids", ids, "int16")  # [tokens]
    fixture.save()
    plain = _prompt(tokenizer, "", "\n\nQuestion: ", "\nAnswer:")
    chat = _prompt(
        tokenizer, "<|im_start|>user\n", "\n\n", "<|im_end|>\n<|im_start|>assistant\n"
    )
    for prompt, form, which in ((plain, "plain", PLAIN), (chat, "chat", CHAT)):
        texts = {"document": "tiny/document", "question": _QUESTION, "prompt": form}
        setting = Setting("tiny", model, prompt, ids, 2048, 32, texts)
        chunks = setting.prefill()
        if form == "plain":
            checks.check(setting, chunks)
        for case in which:
            cases.write(setting, chunks, case)


def _encode(tokenizer: Tokenizer, text: str) -> torch.Tensor:
    return torch.tensor(tokenizer.encode(text, add_special_tokens=False).ids, dtype=torch.long)


def _prompt(tokenizer: Tokenizer, head: str, before: str, after: str) -> Prompt:
    """Lead = BOS + head; tail = before + question + after as one text; scored are the tokens that touch the question."""
    tail = tokenizer.encode(before + _QUESTION + after, add_special_tokens=False)
    first, last = len(before), len(before) + len(_QUESTION)
    scored = [i for i, (a, b) in enumerate(tail.offsets) if b > first and a < last]
    lead = torch.cat([torch.tensor([0]), _encode(tokenizer, head)])
    return Prompt(lead, torch.tensor(tail.ids), (scored[0], scored[-1] + 1))
