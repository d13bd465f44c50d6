import type { Observable } from "rxjs";
import { Budget } from "./budget.ts";
import { demandOf, findEndpoint } from "./demand.ts";
import type { RunEvent } from "./events.ts";
import { fusePlan } from "./fuse.ts";
import { type Edge, NodeRun } from "./node_run.ts";
import {
  type Endpoint,
  endpointName,
  type Plan,
  type PlanNode,
} from "./plan.ts";
import { OutputGate } from "./output_gate.ts";
import { RunState } from "./run_state.ts";

/** Bytes of live tensors that a run may hold when nothing else is said: 4 GiB. */
const DEFAULT_BUDGET = 4 * 2 ** 30;

/** Options of {@linkcode runGraph}. */
export interface RunOptions {
  /** Cancels the run. */
  readonly signal?: AbortSignal;
  /** Bytes of live tensors (default: 4 GiB). */
  readonly budget?: Budget;
  /** Check every value against the schema of its port: finds the node that first goes wrong. */
  readonly checked?: boolean;
  /** Values for stages that read from the caller, by name. */
  readonly inputs?: Readonly<Record<string, Observable<unknown>>>;
  /**
   * What to run for: outputs of the graph by name, or any `node.port` (default: all outputs of the graph).
   * Every one of them must be subscribed, for nothing flows before a stream has all its readers; a warning among
   * the events names those that are not.
   */
  readonly outputs?: readonly string[];
  /**
   * Outputs that are only watched, named alike: a stream ends for its watcher when those who need it have left, so that
   * watching keeps nothing going. They are to be subscribed too.
   */
  readonly watch?: readonly string[];
  /** Streams that stand in for outputs, by `node.port`; what only led there does not run. Their values belong to the run. */
  readonly replace?: Readonly<Record<string, Observable<unknown>>>;
}

/** A graph wired up, about to run. */
export interface GraphRun {
  /** The chosen outputs by name; each can be subscribed to once. */
  readonly outputs: Readonly<Record<string, Observable<unknown>>>;
  /** What happens at every node; subscribe before the outputs. Completes when the run has ended, never errors. */
  readonly events: Observable<RunEvent>;
}

/**
 * Wires a plan into cold observables: nothing runs before the outputs are subscribed, and what leads to none of
 * them never runs. One call is one run.
 *
 * - **End.** An error, the signal, or leaving all outputs early tears everything down and aborts the stages'
 *   signal. A stage's error reaches every output as a StageError that names the innermost node; the signal's
 *   reason reaches them as it is.
 * - **Fan-out.** A stream with several readers starts when all have subscribed, and every reader gets every value;
 *   so stages subscribe to their stream inputs at once. One that reads a stream only after another from the same
 *   origin has ended waits for ever.
 * - **Fusion.** Neighbours that can be computed together are, unless the plan says `fuse: never`, and appear among
 *   the events as one node, `first+second`. An output that is asked for or replaced is never hidden by that.
 * - **Single outputs** are kept for late readers; the reader's stream completes after the value, while the source
 *   stays subscribed (a model stays loaded) until all nodes that read it have ended.
 * - **Ownership.** Who receives a value with `retain()` and `release()`, the caller included, owns one share of
 *   it (see {@linkcode Owned}).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { builtins, planGraph, runGraph } from "parallelcomp";
 * import { lastValueFrom, of } from "rxjs";
 *
 * const plan = await planGraph({
 *   version: 1,
 *   nodes: { document: { stage: "source.input", with: { name: "book" } } },
 *   outputs: { text: "document" },
 * }, { registry: builtins() });
 * const { outputs, events } = runGraph(plan, { inputs: { book: of("Call me Ishmael.") } });
 * const said: string[] = [];
 * events.subscribe(({ node, type }) => said.push(`${node} ${type}`));
 * assert.deepEqual(await lastValueFrom(outputs.text!), { name: "book", text: "Call me Ishmael." });
 * assert.deepEqual(said, ["document started", "document completed"]);
 * ```
 */
export function runGraph(plan: Plan, options: RunOptions = {}): GraphRun {
  const { budget = new Budget(DEFAULT_BUDGET), inputs = {}, checked = false } =
    options;
  const run = new RunState(options.signal);
  const asked = chooseOutputs(plan, options.outputs);
  const watched = chooseOutputs(plan, options.watch ?? []);
  const targets = new Map([...asked, ...watched]);
  const substitutes = findSubstitutes(plan, options.replace ?? {});
  const replaced = new Set(substitutes.map(({ end }) => endpointName(end)));
  const fused = fusePlan(plan, [...targets.values()], replaced);
  const ends = [...targets].map(([name, end]) =>
    [name, fused.at(end)] as const
  );
  const { nodes, readers } = demandOf(
    fused.plan,
    ends.map(([, end]) => end),
    replaced,
  );
  const watchers = new Map<string, number>();
  for (const [name, end] of ends) {
    if (asked.has(name)) continue;
    const own = endpointName(end);
    watchers.set(own, (watchers.get(own) ?? 0) + 1);
  }
  const edges = new Map<string, Edge[]>();
  const take = (end: Endpoint) => edges.get(endpointName(end))!.shift()!;

  const add = (node: PlanNode, needed: readonly string[], silent: boolean) => {
    const counts = needed.flatMap((port) => {
      const count = readers.get(endpointName({ node: node.name, port }));
      return count === undefined ? [] : [[port, count] as const];
    });
    const watching = counts.map(([port]) =>
      [
        port,
        watchers.get(endpointName({ node: node.name, port })) ?? 0,
      ] as const
    );
    const nodeRun = new NodeRun({
      node,
      inputs: mapValues(node.inputs, (ends) => ends.map(take)),
      readers: new Map(counts),
      watchers: new Map(watching),
      context: { budget, inputs },
      checked,
      silent,
    }, run);
    run.parts.push(nodeRun);
    for (const [port, fanOut] of nodeRun.fanOuts) {
      const { single } = node.stage.outputs[port];
      edges.set(
        endpointName({ node: node.name, port }),
        fanOut.readers.map((reader) => ({ reader, single })),
      );
    }
  };
  for (const { end, node } of substitutes) add(node, [end.port], true);
  for (const node of nodes) {
    const ports = Object.keys(node.stage.outputs);
    const own = (port: string) =>
      !replaced.has(endpointName({ node: node.name, port }));
    add(node, ports.filter(own), false);
  }
  const gate = new OutputGate(run);
  const outputs = ends.map(([name, end]) => {
    const node = fused.plan.nodes.find((node) => node.name === end.node)!;
    return [name, gate.open(name, node, take(end).reader)] as const;
  });
  return {
    outputs: Object.fromEntries(outputs),
    events: run.events.asObservable(),
  };
}

/** The outputs to run for, by the name under which the caller gets them. */
function chooseOutputs(
  plan: Plan,
  names: readonly string[] = Object.keys(plan.outputs),
): ReadonlyMap<string, Endpoint> {
  return new Map(
    names.map((name) => {
      const own = Object.hasOwn(plan.outputs, name);
      const others = Object.keys(plan.outputs);
      return [
        name,
        own ? plan.outputs[name]! : findEndpoint(plan, name, others),
      ];
    }),
  );
}

/** Nodes that give the caller's streams in place of outputs. */
function findSubstitutes(
  plan: Plan,
  streams: Readonly<Record<string, Observable<unknown>>>,
): { readonly end: Endpoint; readonly node: PlanNode }[] {
  return Object.entries(streams).map(([reference, stream]) => {
    const end = findEndpoint(plan, reference);
    const node = plan.nodes.find(({ name }) => name === end.node)!;
    const stage = {
      ...node.stage,
      inputs: {},
      run: () => ({ [end.port]: stream }),
    };
    return { end, node: { ...node, stage, inputs: {} } };
  });
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  map: (value: A) => B,
): Record<string, B> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, map(value)]),
  );
}
