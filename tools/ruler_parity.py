"""Writes what RULER's own generator makes of its thirteen tasks to tests/fixtures/ruler.

    git clone https://github.com/NVIDIA/RULER .cache/ruler
    python3 -m venv .cache/ruler_python
    .cache/ruler_python/bin/python -m pip install -r tools/ruler_parity_requirements.txt
    .cache/ruler_python/bin/python tools/ruler_parity.py .cache/ruler

RULER's `scripts/data/prepare.py` and all that it starts run unchanged, from a copy. What they read from elsewhere is
replaced, because it may not be shipped or needs the network; none of it decides about the structure of a prompt:

    tokenizer.py                counts words and punctuation marks
    nltk                        sent_tokenize splits behind full stops, question and exclamation marks
    json/PaulGrahamEssays.json  made sentences
    json/english_words.json     made words, which lists as short as these never use
    json/squad.json, json/hotpotqa.json   made questions in the form of the published files

What is written
    manifest.json     commit of RULER and the packages' versions
    cases.jsonl       one case a line: task, maxSeqLength, and RULER's input, answer_prefix and outputs
    squad.json, hotpotqa.json   the made questions, for the adapters' tests
"""

import argparse
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "ruler"
NIAH = [
    "niah_single_1", "niah_single_2", "niah_single_3", "niah_multikey_1", "niah_multikey_2", "niah_multikey_3",
    "niah_multivalue", "niah_multiquery",
]
# task, max_seq_length, samples
RUNS = [(task, 1024, 2) for task in NIAH] + [
    ("vt", 1024, 2), ("cwe", 2048, 1), ("cwe", 4096, 1), ("fwe", 1024, 2), ("fwe", 4096, 1),
    ("qa_1", 512, 3), ("qa_2", 512, 3),
]

TOKENIZER = '''
import re

class Words:
    def text_to_tokens(self, text):
        return re.findall(r"\\w+|[^\\w\\s]", text)

def select_tokenizer(tokenizer_type, tokenizer_path):
    return Words()
'''
NLTK = "from . import data\n"
NLTK_DATA = "def find(name):\n    return name\n"
NLTK_TOKENIZE = '''
import re

def sent_tokenize(text):
    return re.split(r"(?<=[.!?])\\s+", text)
'''


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ruler", type=Path, help="a checkout of NVIDIA/RULER")
    ruler = parser.parse_args().ruler.resolve()
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ruler / "scripts", folder / "scripts")
        replace(folder)
        cases = [case for run in RUNS for case in prepare(folder, *run)]
    with open(TARGET / "cases.jsonl", "w", encoding="utf-8") as file:
        for case in cases:
            file.write(json.dumps(case) + "\n")
    versions = {name: importlib.metadata.version(name) for name in ("numpy", "scipy", "wonderwords")}
    commit = subprocess.run(
        ["git", "-C", str(ruler), "rev-parse", "HEAD"], check=True, capture_output=True, text=True,
    ).stdout.strip()
    write_json(TARGET / "manifest.json", {"ruler": commit, "versions": versions})
    print(f"{len(cases)} cases in {TARGET}")


def replace(folder: Path) -> None:
    """Puts replacements where RULER looks for its data, and modules where Python does."""
    data = folder / "scripts" / "data"
    (data / "tokenizer.py").write_text(TOKENIZER)
    stubs = folder / "stubs" / "nltk"
    stubs.mkdir(parents=True)
    (stubs / "__init__.py").write_text(NLTK)
    (stubs / "data.py").write_text(NLTK_DATA)
    (stubs / "tokenize.py").write_text(NLTK_TOKENIZE)
    os.symlink(sys.executable, folder / "stubs" / "python")
    texts = data / "synthetic" / "json"
    essay = " ".join(f"This is sentence {i} of an essay about nothing at all." for i in range(1, 2001))
    write_json(texts / "PaulGrahamEssays.json", {"text": essay})
    write_json(texts / "english_words.json", {str(i): f"word{i}" for i in range(20_000)})
    for name, made in (("squad", squad()), ("hotpotqa", hotpotqa())):
        write_json(texts / f"{name}.json", made)
        write_json(TARGET / f"{name}.json", made)


def prepare(folder: Path, task: str, length: int, samples: int) -> list[dict]:
    stubs = str(folder / "stubs")
    path = os.pathsep.join([stubs, *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "PATH": os.pathsep.join([stubs, os.environ["PATH"]])}
    target = folder / "out" / f"{task}_{length}"
    subprocess.run(
        [
            sys.executable, "prepare.py", "--save_dir", str(target), "--benchmark", "synthetic", "--task", task,
            "--tokenizer_path", "none", "--tokenizer_type", "words", "--max_seq_length", str(length),
            "--model_template_type", "base", "--num_samples", str(samples),
        ],
        cwd=folder / "scripts" / "data", env=environment, check=True, stdout=subprocess.DEVNULL,
    )
    lines = (target / task / "validation.jsonl").read_text(encoding="utf-8").splitlines()
    fields = ("input", "answer_prefix", "outputs", "length")
    return [
        {"task": task, "maxSeqLength": length, **{field: json.loads(line)[field] for field in fields}}
        for line in lines
    ]


PLACES = ["Arlen", "Brook", "Corin", "Delph", "Estby", "Farrow", "Gale", "Hythe", "Ister", "Juno", "Kells", "Lorne"]


def squad() -> dict:
    """SQuAD 2.0's form: articles of paragraphs, questions with character offsets, some without an answer."""
    def paragraph(i: int, j: int) -> dict:
        k = 4 * i + j
        town, river, year = PLACES[k % 12], f"{PLACES[(k + 5) % 12]} Water", str(1500 + 37 * k)
        text = (
            f"{town} is a town on the river {river}. Its market was founded in {year}. "
            f"The mill of {town} stands empty."
        )
        answers = [year, f"in {year}"]
        question = {
            "question": f"When was the market of {town} founded?", "id": f"made{i}{j}", "is_impossible": False,
            "answers": [{"text": answer, "answer_start": text.index(answer)} for answer in answers],
        }
        none = {
            "question": f"Who founded {town}?", "id": f"none{i}{j}", "is_impossible": True, "answers": [],
            "plausible_answers": [{"text": town, "answer_start": 0}],
        }
        return {"context": text, "qas": [none, question] if j % 2 else [question, none]}

    articles = [{"title": f"Towns {i}", "paragraphs": [paragraph(i, j) for j in range(4)]} for i in range(3)]
    return {"version": "v2.0", "data": articles}


def hotpotqa() -> list[dict]:
    """HotpotQA's distractor form: ten titled paragraphs as lists of sentences, supporting facts by title and number."""
    def about(k: int) -> list:
        town, lord = PLACES[k % 12], f"{PLACES[(k + 3) % 12]} Hall"
        return [town, [f"{town} is a village of {40 + k} houses.", f" Its school was given by the owner of {lord}."]]

    def owner(k: int) -> list:
        lord = f"{PLACES[(k + 3) % 12]} Hall"
        return [lord, [f"{lord} was built of stone.", f" It belongs to the family {PLACES[(k + 7) % 12].lower()}son."]]

    def question(k: int) -> dict:
        town, lord = about(k)[0], owner(k)[0]
        others = [about((k + n) % 12) for n in range(1, 9)]
        return {
            "_id": f"made{k}", "type": "bridge", "level": "hard",
            "question": f"Which family owns the house whose owner gave the school of {town}?",
            "answer": f"{PLACES[(k + 7) % 12].lower()}son",
            "supporting_facts": [[town, 1], [lord, 1]],
            "context": [about(k), *others[:4], owner(k), *others[4:]],
        }

    return [question(k) for k in range(6)]


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
