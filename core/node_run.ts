import {
  catchError,
  concat,
  defer,
  EMPTY,
  finalize,
  map,
  merge,
  type Observable,
  take,
  tap,
  throwError,
  throwIfEmpty,
} from "rxjs";
import { StageError } from "./errors.ts";
import type { NodeEvent } from "./events.ts";
import type { Lease } from "./lease.ts";
import type { FanOut, Reader } from "./fan_out.ts";
import { isOwned } from "./owned.ts";
import { endpointName, type PlanNode } from "./plan.ts";
import type { Port } from "./port.ts";
import type { RunState } from "./run_state.ts";
import { SingleFanOut } from "./single_fan_out.ts";
import type { StageContext } from "./stage.ts";
import { StreamFanOut } from "./stream_fan_out.ts";

/** One edge into a node: the reader's end, and whether its output carries a single value. */
export interface Edge {
  readonly reader: Reader;
  readonly single: boolean;
}

/** A node and what surrounds it in a run. */
export interface NodeSetup {
  readonly node: PlanNode;
  /** The edges of every connected input. */
  readonly inputs: Readonly<Record<string, readonly Edge[]>>;
  /** How many readers every needed output has. */
  readonly readers: ReadonlyMap<string, number>;
  /** How many of these, the last, only watch. */
  readonly watchers: ReadonlyMap<string, number>;
  readonly context: Pick<StageContext, "budget" | "inputs">;
  /** Whether values are checked against the schema of their port. */
  readonly checked: boolean;
  /** Whether nothing is said about the node: its output is given by the caller. */
  readonly silent: boolean;
}

/**
 * One node of a run. It starts when the readers of all its needed outputs are there, and ends when these outputs
 * have ended or lost their readers; then it leaves its inputs, those too that its stage never subscribed to.
 */
export class NodeRun {
  /** By output; only those that are needed. */
  readonly fanOuts: ReadonlyMap<string, FanOut>;
  readonly #setup: NodeSetup;
  readonly #run: RunState;
  /** Outputs that are still subscribed, or will be. */
  readonly #open: Set<string>;
  /** Outputs that still have values to come; of a single one, its value. */
  readonly #pending: Set<string>;
  /** Edges whose value is still to come, or owns memory; those of streams stay. */
  readonly #missing: Set<Edge>;
  /** Tells the budget of work that holds no memory of its own; see `#noteWork`. */
  #atWork: Lease | undefined;
  #state: "waiting" | "running" | "ended" = "waiting";
  #reported = false;
  #delivered = false;
  #startedAt = 0;
  #items = 0;

  constructor(setup: NodeSetup, run: RunState) {
    this.#setup = setup;
    this.#run = run;
    this.#open = new Set(setup.readers.keys());
    this.#pending = new Set(setup.readers.keys());
    this.#missing = new Set(Object.values(setup.inputs).flat());
    const outputs: Readonly<Record<string, Port>> = setup.node.stage.outputs;
    this.fanOuts = new Map(
      [...setup.readers].map(([port, readers]) => {
        const changed = () => this.#consider();
        const fanOut = outputs[port]!.single
          ? new SingleFanOut(readers, changed)
          : new StreamFanOut(readers, changed, setup.watchers.get(port));
        return [port, fanOut];
      }),
    );
  }

  /** Stops the node and lets go of its inputs. */
  end(): void {
    if (this.#state === "ended") return;
    if (this.#state === "running") {
      if (this.#delivered) this.#reportCompleted();
      else this.#report({ type: "cancelled" });
    }
    this.#state = "ended";
    this.#atWork?.[Symbol.dispose]();
    const edges = Object.values(this.#setup.inputs).flat();
    for (const { reader } of edges) reader.leave();
  }

  /** Starts or gives up, now that a reader has come or gone. */
  #consider(): void {
    if (this.#state !== "waiting" || this.#run.over) return;
    const outputs = [...this.fanOuts.values()];
    if (outputs.every((output) => output.abandoned)) return this.end();
    const wanted = outputs.some((output) => output.wanted);
    if (wanted && outputs.every((output) => output.ready)) this.#start();
  }

  #start(): void {
    const { node, context } = this.#setup;
    const run = this.#run;
    this.#state = "running";
    this.#startedAt = performance.now();
    if (!this.#setup.silent) run.emit(node, { type: "started" });
    this.#noteWork();
    let streams: Readonly<Record<string, Observable<unknown> | undefined>>;
    try {
      streams = node.stage.run(this.#streams(), node.options, {
        ...context,
        node: node.name,
        signal: run.signal,
        emit: (event) => run.emit(node, event),
      }) ?? {};
    } catch (cause) {
      this.#fail(cause);
      return;
    }
    for (const [port, output] of this.fanOuts) {
      if (output.abandoned) this.#settle(port);
      else if (!run.over) output.connect(this.#watch(port, streams[port]));
    }
  }

  /** The streams of every input, as the stage sees them. */
  #streams(): Record<string, Observable<unknown>> {
    const ports = Object.keys(this.#setup.node.stage.inputs);
    return Object.fromEntries(ports.map((port) => {
      const edges = this.#setup.inputs[port] ?? [];
      const streams = edges.map((edge) => {
        const { reader: { values }, single } = edge;
        if (!single) return values;
        return values.pipe(
          take(1),
          tap((value) => this.#noteWork(edge, value)),
        );
      });
      return [port, streams.length > 0 ? merge(...streams) : EMPTY];
    }));
  }

  /**
   * A node that has all it reads and is to give single values is at work: a question that is being typed, a model
   * that loads. Chunks that wait for it are parked, but not stuck. Where its inputs own memory, their leases tell.
   */
  #noteWork(edge?: Edge, value?: unknown): void {
    if (edge && !isOwned(value)) this.#missing.delete(edge);
    if (this.#missing.size > 0 || this.#pending.size === 0) return;
    const { node: { stage }, context: { budget } } = this.#setup;
    const ports: Readonly<Record<string, Port>> = stage.outputs;
    if ([...this.#pending].every((port) => ports[port]!.single)) {
      this.#atWork ??= budget.track();
    }
  }

  /** An output with all that the runner adds to it. */
  #watch(
    port: string,
    source: Observable<unknown> | undefined,
  ): Observable<unknown> {
    const { single, type }: Port = this.#setup.node.stage.outputs[port];
    const name = endpointName({ node: this.#setup.node.name, port });
    const given = concat(defer(() => { // concat: completes after the stage has torn down
      if (source) return source;
      throw new TypeError(`The stage returned no stream for output '${port}'`);
    }));
    return (single ? exactlyOne(given, port) : given).pipe(
      tap({
        next: (value) => {
          if (this.#setup.checked) checkAgainst(type.schema, value, name);
          this.#items++;
          if (single) this.#complete(port);
        },
        complete: () => this.#complete(port),
      }),
      catchError((cause) => throwError(() => this.#fail(cause))),
      finalize(() => this.#settle(port)),
    );
  }

  #complete(port: string): void {
    this.#pending.delete(port);
    if (this.#pending.size === 0) this.#atWork?.[Symbol.dispose]();
    this.#delivered = true;
    if (this.#pending.size === 0) this.#reportCompleted();
  }

  #settle(port: string): void {
    this.#open.delete(port);
    if (this.#open.size === 0) this.end();
  }

  /** Ends the run, unless it has ended before; returns the error that it failed with. */
  #fail(cause: unknown): unknown {
    if (this.#run.over) return this.#run.fail(cause);
    const { name, stage } = this.#setup.node;
    const message = cause instanceof Error ? cause.message : String(cause);
    this.#reported = false; // a model may fail after its value was there
    this.#report({ type: "failed", message });
    return this.#run.fail(
      cause instanceof StageError
        ? cause
        : new StageError(name, stage.name, cause),
    );
  }

  #reportCompleted(): void {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#report({ type: "completed", items: this.#items, seconds });
  }

  /** Says how the node ended, once. */
  #report(event: NodeEvent): void {
    if (this.#reported || this.#setup.silent) return;
    this.#reported = true;
    this.#run.emit(this.#setup.node, event);
  }
}

/** Holds a single output to its promise. */
function exactlyOne(
  source: Observable<unknown>,
  port: string,
): Observable<unknown> {
  const complain = (what: string) =>
    new RangeError(`Output '${port}' ${what}, but it is declared single`);
  return source.pipe(
    map((value, index) => {
      if (index > 0) throw complain("gave a second value");
      return value;
    }),
    throwIfEmpty(() => complain("ended without a value")),
  );
}

function checkAgainst(
  schema: Port["type"]["schema"],
  value: unknown,
  name: string,
): void {
  const issue = schema.safeParse(value).error?.issues[0];
  if (!issue) return;
  const place = issue.path.length > 0 ? ` at ${issue.path.join(".")}` : "";
  throw new TypeError(`${name} gave a bad value${place}: ${issue.message}`);
}
