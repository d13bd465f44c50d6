"""The other side of prefill_llama_cpp.ts: prefills the ids that a line of standard input holds, prints the seconds.

    python3 llama_cpp_prefill.py MODEL THREADS BATCH        needs llama-cpp-python

Flash attention on; logits of the last token only; the cache is cleared before every line.
"""
import json, sys, time
from llama_cpp import Llama

path, threads, batch = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
model = Llama(path, n_ctx=max(8192, batch), n_batch=batch, n_ubatch=min(batch, 512), n_threads=threads,
              n_threads_batch=threads, flash_attn=True, verbose=False)
print("ready", flush=True)
for line in sys.stdin:
    ids = json.loads(line)
    model.reset()
    start = time.perf_counter()
    model.eval(ids)
    print(time.perf_counter() - start, flush=True)
