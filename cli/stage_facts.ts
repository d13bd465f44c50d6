import { z } from "zod";
import type { AnyStage, JsonSchema, Port } from "../mod.ts";
import { table } from "./terminal/sources.ts";

/** A stage as data: what `stages --json` prints. */
export interface StageFacts {
  readonly name: string;
  readonly summary: string;
  readonly inputs: Readonly<Record<string, PortFacts>>;
  readonly outputs: Readonly<Record<string, PortFacts>>;
  readonly options: readonly OptionFacts[];
}

/** A port: its type's name, and what it promises or asks for. */
export interface PortFacts {
  readonly type: string;
  readonly single: boolean;
  readonly optional?: boolean;
  readonly needs?: readonly string[];
  readonly gives?: readonly string[];
  readonly like?: string;
}

/** An option of a stage; one without a default and not optional must be given. */
export interface OptionFacts {
  readonly name: string;
  /** For people: `number`, `mean | sum`. */
  readonly type: string;
  readonly required: boolean;
  readonly default?: unknown;
  readonly description: string;
}

/** Reads a stage's ports and options. */
export function stageFacts(stage: AnyStage): StageFacts {
  const { name, summary, options } = stage;
  return {
    name,
    summary,
    inputs: ports(stage.inputs),
    outputs: ports(stage.outputs),
    options: optionFacts(
      z.toJSONSchema(options, { io: "input", unrepresentable: "any" }),
    ),
  };
}

function ports(
  all: Readonly<Record<string, Port>>,
): Record<string, PortFacts> {
  return Object.fromEntries(
    Object.entries(all).map(([name, { type, ...traits }]) => [
      name,
      { type: type.name, ...traits },
    ]),
  );
}

function optionFacts(schema: JsonSchema): OptionFacts[] {
  const required = (schema.required ?? []) as readonly string[];
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: typeName(property),
    required: required.includes(name),
    ...("default" in property && { default: property.default }),
    description: String(property.description ?? ""),
  }));
}

/** A JSON Schema in a few words. */
function typeName(schema: JsonSchema): string {
  if (Array.isArray(schema.anyOf)) {
    return schema.anyOf.map((option) => typeName(option)).join(" | ");
  }
  if (Array.isArray(schema.enum)) return schema.enum.join(" | ");
  if ("const" in schema) return String(schema.const);
  if (Array.isArray(schema.prefixItems)) {
    return `[${schema.prefixItems.map((item) => typeName(item)).join(", ")}]`;
  }
  if (schema.type === "array") {
    return `list of ${typeName((schema.items ?? {}) as JsonSchema)}`;
  }
  if (schema.type === "object") {
    const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
    const fields = Object.entries(properties).map(([name, inner]) =>
      `${name}: ${typeName(inner)}`
    );
    return `{ ${fields.join(", ")} }`;
  }
  return String(schema.type ?? "any");
}

/** A stage for people. */
export function describeStage(facts: StageFacts): string {
  const section = (title: string, rows: readonly string[][]) =>
    rows.length > 0 ? `\n${title}\n${table(rows)}` : "";
  return `${facts.name}\n  ${facts.summary}\n` +
    section("inputs", portRows(facts.inputs)) +
    section("outputs", portRows(facts.outputs)) +
    section(
      "options",
      facts.options.map((option) => [
        option.name,
        option.type,
        defaultOf(option),
        option.description,
      ]),
    );
}

function portRows(all: Readonly<Record<string, PortFacts>>): string[][] {
  return Object.entries(all).map(([name, port]) => [
    name,
    port.type,
    [
      port.single ? "one" : "stream",
      port.optional ? "optional" : "",
      port.needs?.length ? `needs ${port.needs.join(", ")}` : "",
      port.gives?.length ? `gives ${port.gives.join(", ")}` : "",
      port.like ? `like ${port.like}` : "",
    ].filter((trait) => trait !== "").join(", "),
  ]);
}

function defaultOf(option: OptionFacts): string {
  if ("default" in option) return `= ${JSON.stringify(option.default)}`;
  return option.required ? "required" : "optional";
}
