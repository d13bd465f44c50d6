"""Writes the reference results under tests/fixtures/goldens (and the random models under tests/fixtures/models).

    python3 -m pip install -r tools/requirements.txt
    python3 tools/goldens.py            # everything
    python3 tools/goldens.py tiny       # one part; --list names them

Everything is seeded: a second run writes the same bytes on the same machine.
"""

import argparse
from pathlib import Path
from typing import Callable

import torch
from transformers.utils import logging

from goldens import baselines, families, model_goldens, random_cases, random_models, tiny_cases
from goldens.decoder import Decoder
from goldens.llama import Llama

_WHOLE = {"gqa_sharded": frozenset({"votes_1_1", "paper"})}  # merged KV stored whole
_ALL = {"gqa_sharded", "mha_tied", "gemma2"}  # every case of ParallelComp


def random_model(name: str) -> Callable[[Path], None]:
    """The part that writes one random model's folder and goldens."""

    def write(_: Path) -> None:
        model = Llama(random_models.load(random_models.write(name)))
        model_goldens.write_random(model, name)
        if name in ("gqa_sharded", "head_dim"):
            model_goldens.write_question(model, name)
        if name == "rope_dynamic":
            model_goldens.write_beyond(model, name, random_models.WINDOW + 32)
        which = random_cases.ALL if name in _ALL else random_cases.FEW
        random_cases.write(model, name, which, _WHOLE.get(name, frozenset()))

    return write


def family(name: str) -> Callable[[Path], None]:
    """The part that writes one family's folder and goldens."""

    def write(_: Path) -> None:
        families.write(name)
        which = random_cases.ALL if name in _ALL else random_cases.FEW
        random_cases.write(Decoder(families.folder(name)), name, which, frozenset())

    return write


def write_baselines(_: Path) -> None:
    """The part that writes the baselines' goldens; the model's folder is there already."""
    name = "gqa_sharded"
    baselines.write(Llama(random_models.load(random_models.FOLDER / name)), name)


def parts() -> dict[str, Callable[[Path], None]]:
    """Everything that can be written, by name."""
    found: dict[str, Callable[[Path], None]] = {"tiny": tiny_cases.write}
    for name in random_models.MODELS:
        found[name] = random_model(name)
    for name in families.MODELS:
        found[name] = family(name)
    found["baselines"] = write_baselines
    return found


def main() -> None:
    """Writes the parts named on the command line, or all of them."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("names", nargs="*", metavar="name")
    arguments.add_argument("--model", type=Path, default=tiny_cases.MODEL, help="the bundled GGUF file")
    arguments.add_argument("--list", action="store_true", help="name the parts")
    chosen = arguments.parse_args()
    known = parts()
    if chosen.list:
        print("\n".join(known))
        return
    if unknown := set(chosen.names) - set(known):
        arguments.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    logging.disable_progress_bar()
    torch.set_num_threads(1)  # sums in one order, whatever the machine
    for name in chosen.names or known:
        print(f"{name} …", flush=True)
        known[name](chosen.model)


if __name__ == "__main__":
    main()
