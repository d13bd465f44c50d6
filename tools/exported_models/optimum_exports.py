"""Optimum's exports: `python3 -m exported_models.optimum_exports` in `tools/`.

    python3 -m pip install optimum-onnx==0.1.0 optimum==2.1.0 transformers==4.57.6 onnx==1.23.2 torch==2.13.0
"""

import tempfile
from pathlib import Path

import onnx
from onnx import TensorProto, helper
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


def without_positions(content: bytes) -> bytes:
    """The same with positions that follow from the cache's length, as some exports have them; without weights."""
    model = onnx.load_from_string(content)
    graph = model.graph
    kept = [value for value in graph.input if value.name != "position_ids"]
    del graph.input[:]
    graph.input.extend(kept)
    number = {name: helper.make_tensor(f"positions/{name}", TensorProto.INT64, [], [value])
              for name, value in (("zero", 0), ("one", 1), ("two", 2))}
    axis = helper.make_tensor("positions/axis", TensorProto.INT64, [1], [0])
    made = [
        helper.make_node("Shape", ["past_key_values.0.key"], ["positions/past_shape"]),
        helper.make_node("Gather", ["positions/past_shape", "positions/two"], ["positions/past"]),
        helper.make_node("Shape", ["input_ids"], ["positions/ids_shape"]),
        helper.make_node("Gather", ["positions/ids_shape", "positions/one"], ["positions/rows"]),
        helper.make_node("Add", ["positions/past", "positions/rows"], ["positions/end"]),
        helper.make_node("Range", ["positions/past", "positions/end", "positions/one"], ["positions/all"]),
        helper.make_node("Unsqueeze", ["positions/all", "positions/axis"], ["position_ids"]),
    ]
    nodes = [*made, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    for tensor in graph.initializer:
        if len(tensor.raw_data) > 64:
            tensor.raw_data = b""
    graph.initializer.extend([*number.values(), axis])
    return model.SerializeToString(deterministic=True)


def main() -> None:
    """Writes all of them."""
    llama = export("gqa_sharded")
    save("optimum_llama", "gqa_sharded", {"model.onnx": llama}, "Optimum, fp32: attention written out, position_ids")
    save("optimum_qwen2", "qwen2", {"model.onnx": export("qwen2")}, "Optimum, fp32")
    save("optimum_qwen2_fp16", "qwen2", {"model.onnx": export("qwen2", "fp16")}, "Optimum, fp16")
    save("no_positions", "gqa_sharded", {"model.onnx": without_positions(llama)},
         "No position_ids: positions follow from the cache's length. Its weights are left out")


if __name__ == "__main__":
    main()
