#!/usr/bin/env python3
"""Make tests/fixtures/gguf: the tiny random models of tests/fixtures/models as llama.cpp's own converter writes them.

    python3 tools/goldens/family_gguf.py LLAMA_CPP

LLAMA_CPP is a checkout of llama.cpp, whose package `conversion` maps and permutes the tensors and writes the metadata.
Only the tokenizer is written here, for the converter knows no random ones. Before a file is kept, llama.cpp itself
(llama-cpp-python) computes with it what transformers computes with the folder, in fp32.

Needs torch, transformers, safetensors and llama-cpp-python.

NAME.gguf          weights as in the folder, bit for bit, but for the sums 1 + w of Gemma's norms
phi3_q4_0.gguf     Phi-3 with matrices in Q4_0, merged ones too
"""

import copy
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

LLAMA_CPP = Path(sys.argv[1])
# The converter and its gguf package first; this file's own folder, which has a module of that name, last.
sys.path[:] = [str(LLAMA_CPP / "gguf-py"), str(LLAMA_CPP), *sys.path[1:], sys.path[0]]

import gguf  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from transformers import AutoConfig, AutoModelForCausalLM  # noqa: E402

FIXTURES = Path(__file__).parents[2] / "tests" / "fixtures"
NAMES = ["mha_tied", "rope_llama3", "mistral", "qwen2", "qwen3", "gemma2", "gemma3", "phi3", "phi3_longrope", "smollm3", "olmo2"]
# Llama's are converted for the check alone: tests/fixtures/io holds one.
CHECK_ONLY = {"mha_tied", "rope_llama3"}
# Converted with --fuse-qkv.
FUSED = {"mistral"}
IDS = 100  # more than phi3_longrope's original window
# Of the median row and of the worst: near a step of llama.cpp's table of GELU, a row of Gemma may fall on its other side.
MEDIAN, WORST = 2e-4, 5e-3

# What llama.cpp computes whatever the file says; the rest of the configuration stays as it is.
HARD_CODED: dict[str, dict[str, Any]] = {
    "mistral": {"sliding_window": None},
    "phi3": {"sliding_window": None},
    "phi3_longrope": {"sliding_window": None},
    "gemma2": {"query_pre_attn_scalar": 24},  # head_dim
    "gemma3": {"query_pre_attn_scalar": 16},
}


def convert(name: str, out: Path, kind: gguf.LlamaFileType) -> None:
    """Writes one GGUF file with the converter's class for the folder's architecture."""
    from conversion import ModelBase, ModelType, get_model_architecture, get_model_class

    folder = FIXTURES / "models" / name
    hparams = ModelBase.load_hparams(folder, False)
    architecture = get_model_architecture(hparams, ModelType.TEXT)
    base = get_model_class(architecture)

    class Converter(base):
        model_arch = base.model_arch

        def set_vocab(self) -> None:
            write_tokenizer(self.gguf_writer, folder)

        def set_gguf_parameters(self) -> None:
            super().set_gguf_parameters()
            write_rest(self.gguf_writer, self.hparams, gguf.MODEL_ARCH_NAMES[self.model_arch])

    # llama.cpp expects certain tokens of models that are called Phi 3.
    Converter(folder, kind, out, eager=True, model_name="random", fuse_qkv=name in FUSED).write()


def write_tokenizer(writer: gguf.GGUFWriter, folder: Path) -> None:
    """The folder's byte-level tokenizer."""
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokens = {id: text for text, id in tokenizer["model"]["vocab"].items()}
    special = {added["id"]: added["content"] for added in tokenizer["added_tokens"]}
    tokens |= special
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([tokens[id] for id in sorted(tokens)])
    writer.add_token_types([3 if id in special else 1 for id in sorted(tokens)])
    writer.add_token_merges(["À Á"])  # bytes that no text has: an array cannot be empty
    config = json.loads((folder / "config.json").read_text())
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(True)


def write_rest(writer: gguf.GGUFWriter, hparams: dict[str, Any], arch: str) -> None:
    """Keys of the format that the converter leaves out, for llama.cpp has numbers of its own in their place."""
    if (scalar := hparams.get("query_pre_attn_scalar")) is not None:
        writer.add_attention_scale(scalar**-0.5)
    if (pattern := hparams.get("sliding_window_pattern")) is not None:
        writer.add_sliding_window_pattern(pattern)
    if arch == "llama" and (window := hparams.get("sliding_window")) is not None:
        writer.add_sliding_window(window)


class HalfGelu(torch.nn.Module):
    """GELU as llama.cpp looks it up in a table of half precision."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.gelu(x.half().float(), approximate="tanh").half().float()


@torch.no_grad()
def check(name: str, file: Path) -> None:
    """Compares the logits of llama.cpp and of transformers, row by row."""
    from llama_cpp import Llama

    folder = FIXTURES / "models" / name
    config = AutoConfig.from_pretrained(folder)
    for key, value in HARD_CODED.get(name, {}).items():
        setattr(config, key, copy.copy(value))
    model = AutoModelForCausalLM.from_pretrained(folder, config=config, dtype=torch.float32, attn_implementation="eager").eval()
    for layer in model.model.layers:
        if name.startswith("gemma"):
            layer.mlp.act_fn = HalfGelu()
    ids = torch.randint(0, 256, (IDS,), generator=torch.Generator().manual_seed(1))
    expected = model(ids[None], use_cache=False).logits[0].numpy()
    llama = Llama(str(file), n_ctx=256, n_batch=IDS, logits_all=True, type_k=0, type_v=0, flash_attn=False, verbose=False)
    llama.eval(ids.tolist())
    found = np.array(llama.scores[:IDS])
    if float(expected.std()) < 0.5:
        raise AssertionError(f"{name}: logits are almost flat")
    rows = np.abs(found - expected).max(1)  # [IDS]
    print(f"{name}: llama.cpp and transformers differ by {np.median(rows):.1e}, at most {rows.max():.1e}")
    if not (np.median(rows) < MEDIAN and rows.max() < WORST):
        raise AssertionError(f"{name}: they should not")


def quantised(source: Path, out: Path, kind: gguf.GGMLQuantizationType) -> None:
    """A copy with every matrix in blocks; embedding and head stay."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(out, reader.get_field("general.architecture").contents())
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        sub = field.types[1] if len(field.types) > 1 else None
        writer.add_key_value(field.name, field.contents(), field.types[0], sub)
    for tensor in reader.tensors:
        data, own = tensor.data, tensor.tensor_type
        if tensor.name.startswith("blk.") and len(tensor.shape) == 2:
            data, own = gguf.quants.quantize(data.astype(np.float32), kind), kind
        writer.add_tensor(tensor.name, data, raw_dtype=own)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    out = FIXTURES / "gguf"
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name in NAMES:
            whole = Path(scratch) / f"{name}.gguf"
            convert(name, whole, gguf.LlamaFileType.ALL_F32)
            check(name, whole)
            if name in CHECK_ONLY:
                continue
            half = json.loads((FIXTURES / "models" / name / "config.json").read_text())["torch_dtype"] == "float16"
            kind = gguf.LlamaFileType.MOSTLY_F16 if half else gguf.LlamaFileType.ALL_F32
            convert(name, out / f"{name}.gguf", kind)
    quantised(out / "phi3.gguf", out / "phi3_q4_0.gguf", gguf.GGMLQuantizationType.Q4_0)


main()
