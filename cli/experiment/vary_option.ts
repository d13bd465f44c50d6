import { InvalidArgumentError } from "commander";
import { parse } from "yaml";
import { jsonLine } from "../terminal/json_report.ts";
import { editAt } from "./edit_path.ts";
import type { Axis, Choice, Edit } from "./variation.ts";

/** Axes given so far, with what each varies. */
export type Vary = ReadonlyMap<string, Axis>;

const forms =
  "params.NAME=…, nodes.NODE.stage=… or nodes.NODE.with.OPTION=… with values apart by commas";

/** Reads one `--vary path=value,value` and adds it to those before; values are YAML. */
export function collectVary(text: string, before: Vary = new Map()): Vary {
  const at = text.indexOf("=");
  const path = text.slice(0, Math.max(0, at));
  const edit = editAt(path);
  if (!edit) throw new InvalidArgumentError(`Write ${forms}.`);
  if (before.has(path)) {
    throw new InvalidArgumentError(
      `'${path}' varies already; write all its values in one --vary.`,
    );
  }
  const values = parseValues(text.slice(at + 1));
  const seen = new Set(values.map((value) => JSON.stringify(value)));
  if (seen.size < values.length) {
    throw new InvalidArgumentError(`'${path}' has a value twice.`);
  }
  return new Map([
    ...before,
    [path, values.map((value): Choice => choice(path, edit(value), value))],
  ]);
}

function choice(path: string, edit: Edit, value: unknown): Choice {
  const shown = typeof value === "string" ? value : jsonLine(value).trim();
  return {
    label: `${labelOf(path)}=${shown}`,
    values: { [path]: value },
    edits: [edit],
  };
}

/** `params.a` is `a`, `nodes.a.stage` is `a`, `nodes.a.with.b` is `a.b`. */
function labelOf(path: string): string {
  return path.replace(/^params\.|^nodes\./, "")
    .replace(/^([^.]+)\.stage$/, "$1")
    .replace(/^([^.]+)\.with\./, "$1.");
}

function parseValues(text: string): unknown[] {
  let values: unknown;
  try {
    values = parse(`[${text}]`, { logLevel: "error" });
  } catch (cause) {
    const reason = (cause as Error).message.split("\n")[0]!.replace(/:$/, "");
    throw new InvalidArgumentError(`'${text}' is no list of YAML: ${reason}.`);
  }
  if (Array.isArray(values) && values.length > 0) return values;
  throw new InvalidArgumentError("Write at least one value.");
}
