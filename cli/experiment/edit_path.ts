import { InvalidArgumentError } from "commander";
import { collectParameter } from "../arguments/parameter_value.ts";
import type { Edit } from "./variation.ts";

/** What a value at a path changes: `params.NAME`, `nodes.NODE.stage`, `nodes.NODE.with.OPTION`; else nothing. */
export function editAt(path: string): ((value: unknown) => Edit) | undefined {
  const [kind, name, part, ...rest] = path.split(".");
  if (!name || rest.includes("")) return undefined;
  if (kind === "params" && part === undefined) {
    return (value) => ({ kind: "param", name, value });
  }
  if (kind !== "nodes") return undefined;
  if (part === "stage" && rest.length === 0) {
    return (value) => ({ kind: "stage", node: name, stage: stageName(value) });
  }
  return part === "with" && rest.length > 0
    ? (value) => ({ kind: "option", node: name, path: rest, value })
    : undefined;
}

function stageName(value: unknown): string {
  if (typeof value === "string") return value;
  throw new InvalidArgumentError(
    `'${value}' is no name of a stage, such as evict.attention.`,
  );
}

/** Reads one `name=value` or `path=value` and adds it to those before. */
export function collectEdit(
  text: string,
  before: readonly Edit[] = [],
): readonly Edit[] {
  const at = text.indexOf("=");
  const path = text.slice(0, Math.max(0, at));
  const edit = editAt(/^[\w-]+$/.test(path) ? `params.${path}` : path);
  if (!edit) {
    throw new InvalidArgumentError(
      "Write name=value, nodes.NODE.stage=… or nodes.NODE.with.OPTION=….",
    );
  }
  const { value } = collectParameter(`value=${text.slice(at + 1)}`);
  return [...before, edit(value)];
}
