"""onnxruntime-genai's exports: `python3 -m exported_models.genai_exports` in `tools/`.

    python3 -m pip install onnxruntime-genai==0.18.0 onnxruntime==1.31.1 onnx==1.23.2 onnx-ir==1.1.0 transformers==5.23.0 torch==2.13.0
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from exported_models.fixture import MODELS, save

FILES = ("model.onnx", "model.onnx.data", "genai_config.json")


def build(source: str, precision: str, provider: str) -> dict[str, bytes]:
    """`python3 -m onnxruntime_genai.models.builder`."""
    with tempfile.TemporaryDirectory() as folder:
        builder = [sys.executable, "-m", "onnxruntime_genai.models.builder", "-m", source]
        paths = ["-i", str(MODELS / source), "-o", folder, "-c", folder]
        subprocess.run([*builder, *paths, "-p", precision, "-e", provider], check=True)
        return {name: (Path(folder) / name).read_bytes() for name in FILES}


def main() -> None:
    """Writes all of them."""
    save("genai_llama", "gqa_sharded", build("gqa_sharded", "fp32", "cpu"),
         "onnxruntime-genai, fp32 for CPU: packed queries, keys and values, rotated inside GroupQueryAttention; external data")
    save("genai_qwen2_fp16", "qwen2", build("qwen2", "fp16", "dml"),
         "onnxruntime-genai, fp16 for DirectML: position_ids, RotaryEmbedding before GroupQueryAttention; external data")
    save("genai_llama_int4", "gqa_sharded", build("gqa_sharded", "int4", "cpu"),
         "onnxruntime-genai, int4 for CPU: MatMulNBits; external data")


if __name__ == "__main__":
    main()
