"""The other engines on SmolLM2: answers one JSON request (standard input) with JSON, for golden.ts.

    python3 reference.py MODEL.gguf        needs llama-cpp-python, torch, transformers, gguf

Request {"windows": [[ids]], "prompts": [[ids]], "tokens": n, "text": s, "textIds": [ids]}; the answer has the
versions, llama.cpp's log-probabilities summed by window (every id but the first two, positions from 0 in each), and both
engines' greedy ids. llama.cpp runs on the file's blocks, transformers on the same weights dequantised to fp32.
"""
import json, os, sys
import numpy as np
import torch, transformers, llama_cpp
from transformers import AutoModelForCausalLM
from llama_cpp import Llama

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # the libraries also print
path = sys.argv[1]
request = json.load(sys.stdin)
n = request["tokens"]

model = Llama(path, n_ctx=2048, n_batch=512, flash_attn=True, logits_all=True, verbose=False)
assert model.tokenize(request["text"].encode(), add_bos=False) == request["textIds"], "llama.cpp tokenises otherwise"


def log_probs(ids):
    model.reset()
    model.eval(ids)
    rows = model.scores[1:len(ids) - 1].astype(np.float64)
    rows -= rows.max(axis=1, keepdims=True)
    total = np.log(np.exp(rows).sum(axis=1))
    return float((rows[np.arange(len(rows)), ids[2:]] - total).sum())


def greedy(ids):
    model.reset()
    model.eval(ids)
    result = []
    for _ in range(n):
        result.append(int(np.argmax(model.scores[model.n_tokens - 1])))
        model.eval(result[-1:])
    return result


windows = [log_probs(ids) for ids in request["windows"]]
llama = [greedy(ids) for ids in request["prompts"]]

folder, file = os.path.split(path)
dequantised = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval()


def plain(ids):
    """Greedy by hand, with a cache; generation settings of the file play no part."""
    result, past, rows = [], None, torch.tensor([ids])
    with torch.no_grad():
        for _ in range(n):
            out = dequantised(rows, past_key_values=past, use_cache=True)
            past = out.past_key_values
            result.append(int(out.logits[0, -1].argmax()))
            rows = torch.tensor([result[-1:]])
    return result


json.dump({
    "versions": {"llama_cpp_python": llama_cpp.__version__, "transformers": transformers.__version__,
                 "torch": torch.__version__},
    "logProbs": windows,
    "greedy": {"llamaCpp": llama, "transformers": [plain(ids) for ids in request["prompts"]]},
}, answers)
