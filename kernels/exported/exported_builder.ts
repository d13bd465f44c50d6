import type { NodeProto } from "onnx-buf";
import type { ExportedDecoder } from "../../io/exported/exported_decoder.ts";
import {
  type Attribute,
  GraphBuilder,
  type GraphParts,
  type Value,
} from "../onnx/builder.ts";
import type { GraphNode } from "../onnx/graph_node.ts";
import { functionPiece, weightPiece } from "../onnx/model_bytes.ts";
import { liveNodes, readsOf } from "../onnx/live_nodes.ts";
import { movedWeight } from "./moved_weight.ts";
import { olderForm } from "./older_form.ts";

/** Names of inputs and outputs of session graphs. */
const OURS =
  /^(logits|log_probs|ids|positions|rows|last_row|picked|targets|head_rows|tail_rows|tail_bias|row_weights|entries|lead|keep|safe|most|bad|temperature|scale|[a-z_]+\.\d+)$/;
/** Before values of the exported graph that are called so too. */
const THEIRS = "onnx/";

/**
 * A graph that grows out of an exported one: values of that graph can be read, and given other meanings. What no
 * output needs is left out. The weights are copied as they are written; those in other files stay there,
 * named by where these files really lie.
 */
export class ExportedBuilder extends GraphBuilder {
  declare readonly folder?: string;
  override readonly origin: string;
  readonly #replaced = new Set<string>();
  readonly #rerouted = new Map<NodeProto, ReadonlyMap<number, Value>>();
  readonly #ints = new Map<string, readonly number[]>();
  #pieces: Uint8Array[] = [];

  constructor(readonly decoder: ExportedDecoder) {
    super("pc/");
    this.origin = decoder.file.path;
    if (decoder.external.size > 0) this.folder = decoder.folder;
  }

  /** A value of the exported graph. */
  original(name: string): Value {
    return { name: this.#theirs(name) };
  }

  /** Gives a value of the exported graph, or one of its inputs, another meaning. */
  replace(name: string, value: Value): void {
    this.#replaced.add(name);
    this.alias(this.#theirs(name), value);
  }

  /** Lets one of the exported nodes read another value. */
  reroute(node: NodeProto, input: number, value: Value): void {
    this.#rerouted.set(node, new Map([[input, value]]));
  }

  override ints(...values: number[]): Value {
    const value = super.ints(...values);
    this.#ints.set(value.name, values);
    return value;
  }

  override ops(
    type: string,
    outputs: number,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const opset = this.decoder.file.opsets.get("")!;
    const axes = this.#ints.get(inputs[1]?.name ?? "");
    const form = olderForm(opset, { type, inputs, attributes, axes });
    if (!form) return super.ops(type, outputs, inputs, attributes);
    const made = super.ops(type, outputs, form.inputs, form.attributes);
    if (!form.slice) return made;
    const [from, to] = form.slice;
    return [this.op("Slice", [made[0], this.ints(from), this.ints(to)])];
  }

  /** Reads the weights that the graph needs; to be called when all else is written. */
  async load(): Promise<void> {
    const { file, external } = this.decoder;
    const needed = new Set(this.#live(this.parts()).flatMap(readsOf));
    const pieces: Uint8Array[] = [];
    for (const weight of file.initializers.values()) {
      if (!needed.has(weight.name)) continue;
      const bytes = await file.read(weight.from, weight.length);
      pieces.push(weightPiece(movedWeight(bytes, weight, external)));
    }
    this.#pieces = [...pieces, ...file.functions.map(functionPiece)];
  }

  override buildOnce(): Uint8Array<ArrayBuffer> {
    const head = super.buildOnce();
    const pieces = [head, ...this.#pieces.splice(0)];
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    if (size >= 2 ** 31) {
      throw new RangeError(
        `The session graph is ${size} bytes; ONNX Runtime takes at most 2 GiB in one message, so export the model with external data`,
      );
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
      (piece.buffer as ArrayBuffer).transfer(0);
    }
    return bytes;
  }

  override buildApart(): ReturnType<GraphBuilder["buildApart"]> {
    return { model: this.buildOnce(), weights: {} };
  }

  protected override model(parts: GraphParts): object {
    const { irVersion, opsets } = this.decoder.file;
    const all = new Map([["com.microsoft", 1], ...opsets]);
    return {
      irVersion: BigInt(Math.max(irVersion, 8)),
      producerName: "parallelcomp",
      opsetImport: [...all].map(([domain, version]) => ({
        domain,
        version: BigInt(version),
      })),
      graph: {
        name: "parallelcomp",
        node: this.#live(parts),
        input: parts.inputs,
        output: parts.outputs,
      },
    };
  }

  #live({ nodes, outputs }: GraphParts): GraphNode[] {
    const theirs = this.decoder.file.nodes
      .filter(({ output }) => !output.some((name) => this.#replaced.has(name)))
      .map((node) => this.#renamed(node));
    const wanted = outputs.map(({ name }) => name);
    return liveNodes([...theirs, ...nodes], wanted);
  }

  #renamed(node: NodeProto): GraphNode {
    const rerouted = this.#rerouted.get(node);
    const input = node.input.map((name, i) =>
      rerouted?.get(i)?.name ?? this.#theirs(name)
    );
    const output = node.output.map((name) => this.#theirs(name));
    const { opType, domain, attribute, name } = node;
    return { opType, domain, attribute, name, input, output };
  }

  #theirs(name: string): string {
    const { initializers } = this.decoder.file;
    return OURS.test(name) && !initializers.has(name) ? THEIRS + name : name;
  }
}
