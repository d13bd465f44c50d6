"""OpenVINO GenAI as the other side of a benchmark: answers one JSON request a line with one JSON line.

    python3 openvino_anchor.py MODEL THREADS        needs openvino-genai

{"do": "prefill", "ids": [...]}   time to the first token; {"seconds"}. It caches prefixes: give fresh ids each time.
"""
import json, os, sys
import numpy as np
import openvino, openvino_genai

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # the library also prints
pipe = openvino_genai.LLMPipeline(sys.argv[1], "CPU", INFERENCE_NUM_THREADS=int(sys.argv[2]))
config = openvino_genai.GenerationConfig()
config.max_new_tokens, config.do_sample, config.apply_chat_template = 1, False, False
print(json.dumps({"ready": True}), file=answers, flush=True)
for line in sys.stdin:
    ids = np.array([json.loads(line)["ids"]], dtype=np.int64)
    inputs = openvino_genai.TokenizedInputs(openvino.Tensor(ids), openvino.Tensor(np.ones_like(ids)))
    seconds = pipe.generate(inputs, config).perf_metrics.get_ttft().mean / 1000
    print(json.dumps({"seconds": seconds}), file=answers, flush=True)
