"""Optimum's exports: `python3 -m exported_models.optimum_exports` in `tools/`.

    python3 -m pip install optimum-onnx==0.1.0 optimum==2.1.0 transformers==4.57.6 onnx==1.23.2 torch==2.13.0
"""

import tempfile
from pathlib import Path

from optimum.exporters.onnx import main_export

from exported_models.fixture import MODELS, save


def export(source: str, dtype: str | None = None) -> bytes:
    """`optimum-cli export onnx --task text-generation-with-past`."""
    with tempfile.TemporaryDirectory() as folder:
        main_export(
            str(MODELS / source), output=folder, task="text-generation-with-past", do_validation=False,
            dtype=dtype, device="cpu",
        )
        return (Path(folder) / "model.onnx").read_bytes()


def main() -> None:
    """Writes all of them."""
    save("optimum_llama", "gqa_sharded", {"model.onnx": export("gqa_sharded")},
         "Optimum, fp32: attention written out, position_ids")
    save("optimum_qwen2", "qwen2", {"model.onnx": export("qwen2")}, "Optimum, fp32")
    save("optimum_qwen2_fp16", "qwen2", {"model.onnx": export("qwen2", "fp16")}, "Optimum, fp16")
    save("optimum_gemma2", "gemma2", {"model.onnx": export("gemma2")},
         "Optimum, fp32: no position_ids, positions follow from the cache's length; the cap on scores is left out")


if __name__ == "__main__":
    main()
