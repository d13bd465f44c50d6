import type { GraphIssue } from "./errors.ts";
import type { AnyStage } from "./stage.ts";

/** One output port of one node. */
export interface Endpoint {
  readonly node: string;
  readonly port: string;
}

/** A node whose stage, options and edges have been checked. */
export interface PlanNode {
  readonly name: string;
  readonly stage: AnyStage;
  /** As the stage's schema returned them: defaults filled in. */
  readonly options: unknown;
  /** Every connected input and where its values come from. */
  readonly inputs: Readonly<Record<string, readonly Endpoint[]>>;
  /** What the values of every output carry beyond their type. */
  readonly facets: Readonly<Record<string, readonly string[]>>;
}

/** A graph ready to run. */
export interface Plan {
  /** The file's name, for messages. */
  readonly file: string;
  readonly version: 1;
  readonly summary: string;
  /** In dependency order: every node after those that it reads. */
  readonly nodes: readonly PlanNode[];
  readonly outputs: Readonly<Record<string, Endpoint>>;
  /** Whether a run may compute neighbours together. */
  readonly fuse: "auto" | "never";
  /** Parameters with the values that were used. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What is odd but no error: nodes that never run. */
  readonly warnings: readonly GraphIssue[];
  /** The file's text; absent for a graph built in code. */
  readonly source?: string;
}

/** An endpoint as graph files write it: `node.port`. */
export function endpointName({ node, port }: Endpoint): string {
  return `${node}.${port}`;
}
