import { z } from "zod";

const NodeName = z.string().regex(
  /^[a-z][a-z0-9_-]*$/,
  "start with a-z, go on with a-z, 0-9, _ and -",
);
const ParamName = z.string().regex(
  /^[a-zA-Z_][a-zA-Z0-9_-]*$/,
  "start with a letter, go on with letters, 0-9, _ and -",
);
const Reference = z.string().regex(
  /^[a-z][a-z0-9_-]*(\.[a-zA-Z0-9_-]+)?$/,
  "Write node or node.port",
).describe("An output: node, or node.port where the node has several");
const References = z.union([Reference, z.array(Reference).min(1)]);

/** One node of a graph file. */
export const GraphNode = z.strictObject({
  stage: z.string().describe("The stage that runs here, by name"),
  in: z.union([References, z.record(z.string(), References)]).optional()
    .describe(
      "Where each input comes from; one reference alone where the stage has one input",
    ),
  with: z.record(z.string(), z.unknown()).optional()
    .describe("The stage's options"),
});

/**
 * The shape of a graph file. Edges stand at the consumer (`in:`); `${name}` in an option is replaced by the
 * parameter of that name.
 */
export const GraphFile = z.strictObject({
  $schema: z.string().optional().describe("For editors: ./graph.schema.json"),
  version: z.literal(1, {
    error: "Write 'version: 1', the only one that this release reads",
  }).describe("Version of this file format"),
  summary: z.string().optional().describe("One sentence for people"),
  use: z.array(z.string()).optional()
    .describe(
      "Modules with further stages: ./file.ts beside this file, or a name from the import map",
    ),
  params: z.record(ParamName, z.unknown()).optional()
    .describe("Parameters with their defaults; --set name=value overrides"),
  fuse: z.enum(["auto", "never"]).optional().describe(
    "Whether neighbours that can be computed together are (default: auto); the results are the same",
  ),
  nodes: z.record(NodeName, GraphNode).describe("The nodes by name"),
  outputs: z.record(NodeName, Reference)
    .describe("What the graph gives to its caller; only what leads here runs"),
});

/** The shape of a graph file, as written. */
export type GraphFile = z.output<typeof GraphFile>;
/** One node of a graph file, as written. */
export type GraphNode = z.output<typeof GraphNode>;
