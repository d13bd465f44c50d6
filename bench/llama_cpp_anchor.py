"""llama.cpp as the other side of a benchmark: answers one JSON request a line with one JSON line.

    python3 llama_cpp_anchor.py MODEL THREADS CONTEXT [UBATCH = 512]        needs llama-cpp-python

Flash attention on, fp16 cache, logits of the last row only. Requests:
{"do": "prefill", "ids": [...]}                 clears the cache, runs the ids; {"seconds"}
{"do": "decode", "ids": [...], "tokens": n}     the same, then n greedy tokens one by one; {"first", "seconds": [n], "ids": [n]}
{"do": "peak"}                                  the most bytes that this process held; {"peakBytes"}
{"do": "logprobs", "ids": [...]}                log P of every id but the first; {"logprobs": [len - 1]}
"""
import ctypes, json, os, sys, time
import numpy as np
import llama_cpp as lib

path, threads, context = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
ubatch = int(sys.argv[4]) if len(sys.argv) > 4 else 512
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # the library also prints
lib.llama_backend_init()
model = lib.llama_model_load_from_file(path.encode(), lib.llama_model_default_params())
params = lib.llama_context_default_params()
params.n_ctx, params.n_batch, params.n_ubatch = context, context, ubatch
params.n_threads = params.n_threads_batch = threads
params.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_ENABLED
ctx = lib.llama_init_from_model(model, params)
vocab = lib.llama_vocab_n_tokens(lib.llama_model_get_vocab(model))
batch = lib.llama_batch_init(context, 0, 1)


def run(ids, position, every=False):
    batch.n_tokens = len(ids)
    for i, token in enumerate(ids):
        batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.seq_id[i][0] = token, position + i, 1, 0
        batch.logits[i] = every or i == len(ids) - 1
    start = time.perf_counter()
    if lib.llama_decode(ctx, batch):
        raise RuntimeError("llama_decode failed")
    lib.llama_synchronize(ctx)
    return time.perf_counter() - start


def logits(row):
    return np.ctypeslib.as_array(lib.llama_get_logits_ith(ctx, row), (vocab,))


def answer(request):
    if request["do"] == "peak":
        mark = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
        return {"peakBytes": int(mark.split()[1]) * 1024}
    ids = request["ids"]
    lib.llama_memory_clear(lib.llama_get_memory(ctx), True)
    if request["do"] == "logprobs":
        result = []
        for at in range(0, len(ids) - 1, 512):
            rows = ids[at:at + 512]
            run(rows, at, every=True)
            for i, target in enumerate(ids[at + 1:at + 1 + len(rows)]):
                row = logits(i).astype(np.float64)
                result.append(float(row[target] - row.max() - np.log(np.exp(row - row.max()).sum())))
        return {"logprobs": result}
    seconds = run(ids, 0)
    if request["do"] == "prefill":
        return {"seconds": seconds}
    times, tokens = [], []
    for i in range(request["tokens"]):
        tokens.append(int(np.argmax(logits(-1))))
        times.append(run(tokens[-1:], len(ids) + i))
    return {"first": seconds, "seconds": times, "ids": tokens}


print(json.dumps({"ready": True}), file=answers, flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), file=answers, flush=True)
