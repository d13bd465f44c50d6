import { z } from "zod";
import { GraphFile } from "./graph.ts";
import type { Port } from "./port.ts";
import type { Registry, RegistryEntry } from "./registry.ts";
import { onlyInput } from "./only_input.ts";

/** A piece of JSON Schema. */
export type JsonSchema = { [keyword: string]: unknown };

/** `${name}` may stand in for any value of an option. */
const PARAMETER = { $ref: "#/definitions/parameter" };
const REFERENCE = { $ref: "#/definitions/reference" };

/**
 * The JSON Schema (draft 7, which editors read best) of a graph file, with the ports and options of every stage.
 * Stages that it does not know are let through, for `use:` may define them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { graphSchema, Registry } from "parallelcomp";
 *
 * const schema = graphSchema(new Registry());
 * assert.deepEqual(schema.required, ["version", "nodes", "outputs"]);
 * ```
 */
export function graphSchema(registry: Registry): JsonSchema {
  const entries = registry.entries();
  const schema = toJsonSchema(GraphFile);
  const properties = schema.properties as Record<string, JsonSchema>;
  const node = properties.nodes!.additionalProperties as JsonSchema;
  const fields = node.properties as Record<string, JsonSchema>;
  properties.nodes!.additionalProperties = {
    ...node,
    properties: { ...fields, stage: stageNames(entries, fields.stage!) },
    allOf: entries.map((entry) => ({
      if: {
        properties: { stage: { const: entry.stage.name } },
        required: ["stage"],
      },
      then: stageSchema(entry),
    })),
  };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "ParallelComp graph",
    ...schema,
    definitions: {
      parameter: {
        description: "A parameter of the graph: ${name}",
        type: "string",
        pattern: "\\$\\{[^}]*\\}",
      },
      reference: properties.outputs!.additionalProperties,
    },
  };
}

/** Known names are offered, others allowed. */
function stageNames(
  entries: readonly RegistryEntry[],
  written: JsonSchema,
): JsonSchema {
  const known = entries.map(({ stage }) => ({
    const: stage.name,
    description: stage.summary,
  }));
  return {
    ...written,
    anyOf: [...known, { type: "string", description: "A stage from 'use'" }],
  };
}

/** What is special about nodes of one stage: its inputs and its options. */
function stageSchema({ stage }: RegistryEntry): JsonSchema {
  const inputs = Object.entries(stage.inputs) as [string, Port][];
  const outputs = Object.entries(stage.outputs) as [string, Port][];
  const options = toJsonSchema(stage.options);
  const required = [
    ...inputs.some(([, port]) => !port.optional) ? ["in"] : [],
    ...Array.isArray(options.required) ? ["with"] : [],
  ];
  const gives = outputs.map(([name, port]) => describePort(name, port));
  return {
    description: `${stage.summary}. Outputs: ${gives.join("; ") || "none"}`,
    properties: {
      in: inputsSchema(inputs),
      with: { description: `Options of ${stage.name}`, ...openUp(options) },
    },
    ...(required.length > 0 && { required }),
  };
}

function inputsSchema(inputs: readonly [string, Port][]): JsonSchema {
  const required = inputs.filter(([, port]) => !port.optional);
  const byName: JsonSchema = {
    type: "object",
    properties: Object.fromEntries(
      inputs.map(([name, port]) => [
        name,
        { description: describePort(name, port), ...edgeSchema(port) },
      ]),
    ),
    required: required.map(([name]) => name),
    additionalProperties: false,
  };
  const name = onlyInput(Object.fromEntries(inputs));
  const only = inputs.find(([port]) => port === name);
  if (!only) return byName;
  const description = describePort(...only);
  return { description, anyOf: [...edgeSchema(only[1]).anyOf, byName] };
}

function edgeSchema({ single }: Port): { anyOf: JsonSchema[] } {
  const many = { type: "array", items: REFERENCE, minItems: 1 };
  return {
    anyOf: [REFERENCE, single ? { ...many, maxItems: 1 } : many],
  };
}

/** For instance `chunks: stream of pc/kv-chunk, needs question`. */
function describePort(name: string, port: Port): string {
  const { single, type, optional, needs = [], gives = [], like } = port;
  return [
    `${name}: ${single ? "one" : "stream of"} ${type.name}`,
    optional ? "optional" : "",
    needs.length > 0 ? `needs ${needs.join(", ")}` : "",
    gives.length > 0 ? `gives ${gives.join(", ")}` : "",
    like ? `passes on what ${like} carries` : "",
  ].filter(Boolean).join(", ");
}

/** Lets a parameter stand in for every value inside a schema, and forbids keys that it does not list. */
function openUp(schema: JsonSchema): JsonSchema {
  const open = (inner: unknown) => allowParameter(inner as JsonSchema);
  const each = (key: string) =>
    Array.isArray(schema[key])
      ? { [key]: schema[key].map((s) => openUp(s as JsonSchema)) }
      : {};
  const { properties, items, additionalProperties: extra } = schema;
  return {
    ...schema,
    ...each("anyOf"),
    ...each("oneOf"),
    ...each("allOf"),
    ...(items ? { items: open(items) } : {}),
    ...(extra && typeof extra === "object"
      ? { additionalProperties: open(extra) }
      : {}),
    ...(properties
      ? {
        properties: Object.fromEntries(
          Object.entries(properties).map(([key, inner]) => [key, open(inner)]),
        ),
        additionalProperties: extra ? open(extra) : false,
      }
      : {}),
  };
}

function allowParameter(schema: JsonSchema): JsonSchema {
  const opened = openUp(schema);
  const { description, default: fallback, ...rest } = opened;
  const anyText = rest.type === "string" && Object.keys(rest).length === 1;
  if (anyText || Object.keys(rest).length === 0) return opened;
  return {
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: [...unionOf(rest), PARAMETER],
  };
}

/** The forms of a plain union, so that unions do not nest. */
function unionOf(schema: JsonSchema): JsonSchema[] {
  const plain = Array.isArray(schema.anyOf) && Object.keys(schema).length === 1;
  return plain ? schema.anyOf as JsonSchema[] : [schema];
}

/** Options as a user writes them; what JSON Schema cannot say is left open. */
function toJsonSchema(schema: z.ZodType): JsonSchema {
  const json = z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    cycles: "throw",
  }) as JsonSchema;
  delete json.$schema;
  return json;
}
