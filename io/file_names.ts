import type { Architecture } from "./architecture.ts";
import type { LayerRole, OuterRole } from "./tensor_role.ts";

/** What tensors are called in one file, and here. */
export interface FileNames {
  /** Roles of a tensor in the file, with the prefix and suffix of its canonical names; nothing for one without a place. */
  find(fileName: string): FoundTensor | undefined;
  /** The file's name of `layers.3.query.weight`. */
  inFile(name: string): string;
}

/** A tensor's place in the model: names are `${prefix}${role}${suffix}`. */
export interface FoundTensor {
  readonly prefix: string;
  readonly suffix: string;
  readonly roles: readonly (LayerRole | OuterRole)[];
}

const OUTER = {
  folder: {
    "model.embed_tokens": "embedding",
    "model.norm": "norm",
    "lm_head": "head",
  },
  gguf: { "token_embd": "embedding", "output_norm": "norm", "output": "head" },
} as const;

/** Where layers begin in a file's names; text models inside larger ones have their prefix taken off before. */
const LAYERS = { folder: "model.layers.", gguf: "blk." } as const;
const WRAPPED = /^(?:model\.language_model|language_model\.model)\./;

/**
 * The names of one kind of file of an architecture: `blk.3.attn_q.weight` of GGUF and
 * `model.layers.3.self_attn.q_proj.weight` of Hugging Face are `layers.3.query.weight`.
 */
export function fileNames(
  kind: "folder" | "gguf",
  architecture: Architecture,
): FileNames {
  const outer: Readonly<Record<string, OuterRole>> = OUTER[kind];
  const inner = kind === "gguf" ? architecture.ggufNames : architecture.hfNames;
  const layers = LAYERS[kind];
  return {
    find(fileName) {
      const name = fileName.replace(WRAPPED, "model.")
        .replace("language_model.lm_head.", "lm_head.");
      const parts = /^(.+)(\.weight|\.bias)$/.exec(name);
      if (!parts) return undefined;
      const [, stem, suffix] = parts as unknown as [string, string, string];
      if (Object.hasOwn(outer, stem)) {
        return { prefix: "", suffix, roles: [outer[stem]!] };
      }
      if (!stem.startsWith(layers)) return undefined;
      const layer = /^(\d+)\.(.+)$/.exec(stem.slice(layers.length));
      if (!layer || !Object.hasOwn(inner, layer[2]!)) return undefined;
      const roles = [inner[layer[2]!]!].flat();
      return { prefix: `layers.${layer[1]}.`, suffix, roles };
    },
    inFile(name) {
      const [, index, role, suffix] =
        /^(?:layers\.(\d+)\.)?(\w+)(\.weight|\.bias)$/.exec(name) ?? [];
      const of = (
        names: Readonly<Record<string, string | readonly string[]>>,
      ) =>
        Object.keys(names).find((key) => [names[key]!].flat().includes(role!));
      return index === undefined
        ? `${of(outer)}${suffix}`
        : `${layers}${index}.${of(inner)}${suffix}`;
    },
  };
}
