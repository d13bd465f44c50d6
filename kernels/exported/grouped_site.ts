import type { NodeProto } from "onnx-buf";
import { type AttentionSite, UnreadableAttention } from "./attention_site.ts";
import { attribute } from "./graph_index.ts";

/** Inputs of `com.microsoft.GroupQueryAttention` by index. */
const INPUT = { cos: 7, sin: 8, bias: 10, sink: 11 };

/** Attention of the operator that holds the cache itself, `com.microsoft.GroupQueryAttention`. */
export function groupedSite(node: NodeProto): AttentionSite {
  const { opType, input } = node;
  const number = (name: string) => {
    const found = attribute(node, name);
    return found ? Number(found.i) || found.f : 0;
  };
  const refuse = (index: number, what: string) => {
    if (!input[index]) return;
    throw new UnreadableAttention(`${opType} has ${what} ("${input[index]}")`);
  };
  if (number("smooth_softmax") > 0) {
    throw new UnreadableAttention(`${opType} uses smooth_softmax`);
  }
  refuse(INPUT.bias, "an attention bias");
  refuse(INPUT.sink, "attention sinks");
  const [query = "", key = "", value = ""] = input;
  const scale = number("scale");
  const cap = number("softcap");
  const sliding = number("local_window_size");
  return {
    op: opType,
    form: "rows",
    query,
    key,
    value,
    packed: key === "",
    ...(number("do_rotary") === 1 && {
      rotary: {
        cos: input[INPUT.cos]!,
        sin: input[INPUT.sin]!,
        interleaved: number("rotary_interleaved") === 1,
      },
    }),
    output: node.output[0]!,
    ...(scale !== 0 && { scale }),
    ...(cap !== 0 && { scoreCap: cap }),
    ...(sliding > 0 && { sliding }),
  };
}
