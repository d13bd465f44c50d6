import type { NodeProto } from "onnx-buf";
import { type AttentionSite, UnreadableAttention } from "./attention_site.ts";
import { attribute } from "./graph_index.ts";

/** Inputs of `com.microsoft.GroupQueryAttention` by index. */
const GROUPED = { cos: 7, sin: 8, bias: 10, sink: 11 };
/** Inputs of `com.microsoft.MultiHeadAttention` by index. */
const MULTI_HEAD = { bias: 3, padding: 4, attentionBias: 5 };

/** Attention of one operator that holds the cache itself. */
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
  if (number("smooth_softmax") !== 0) {
    throw new UnreadableAttention(`${opType} uses smooth_softmax`);
  }
  const rotates = opType === "GroupQueryAttention" && number("do_rotary") === 1;
  if (opType === "GroupQueryAttention") {
    refuse(GROUPED.bias, "an attention bias");
    refuse(GROUPED.sink, "attention sinks");
  } else {
    refuse(MULTI_HEAD.bias, "biases of its own");
  }
  const [query = "", key = "", value = ""] = input;
  const scale = number("scale");
  const cap = number("softcap");
  const sliding = number("local_window_size");
  const packed = key === "";
  if (packed && opType !== "GroupQueryAttention") {
    throw new UnreadableAttention(`${opType} has packed queries and keys`);
  }
  return {
    op: opType,
    form: "rows",
    query,
    key,
    value,
    packed,
    ...(rotates && {
      rotary: {
        cos: input[GROUPED.cos]!,
        sin: input[GROUPED.sin]!,
        interleaved: number("rotary_interleaved") === 1,
      },
    }),
    output: node.output[0]!,
    ...(scale !== 0 && { scale }),
    ...(cap !== 0 && { scoreCap: cap }),
    ...(sliding > 0 && { sliding }),
  };
}
