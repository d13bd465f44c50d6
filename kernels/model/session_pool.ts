import { FormatError } from "../../io/format_error.ts";
import type { ModelConfig } from "../../io/model_config.ts";
import { attentionMassGraph } from "../eviction/attention_mass.ts";
import type { GraphBuilder } from "../onnx/builder.ts";
import { type DecodeName, formOf } from "../cache/cache_form.ts";
import type { Eviction } from "../eviction/eviction.ts";
import { massForm, type MassName } from "../eviction/mass_form.ts";
import { ownMassGraph } from "../eviction/own_mass.ts";
import type { RoomName } from "../cache/room_graph.ts";
import { fuseResiduals } from "../onnx/fuse_residuals.ts";
import { lowerForWebgpu } from "../provider/lower_for_webgpu.ts";
import { joinGraph } from "../cache/join_graph.ts";
import type { EngineName } from "../engine/protocol.ts";
import type { Provider } from "../provider/provider.ts";
import { RecentSessions } from "./recent_sessions.ts";
import type { SessionGraphs } from "./session_graphs.ts";
import { stepForm, type StepsName } from "../family/step_graph.ts";
import { tailGraph } from "../eviction/tail_graph.ts";
import { splitGraph } from "../cache/split_graph.ts";
import { SessionWorker } from "../engine/session_worker.ts";

/** The session graphs of a model. `decode` also answers a whole question at once (requery). */
export type SessionName =
  | "prefill"
  | "prefill-question"
  | DecodeName
  | MassName
  | "queries"
  | "own-mass"
  | "tail"
  | StepsName
  | RoomName;

/** What a pool opens sessions of. */
export interface PoolModel {
  readonly graphs: SessionGraphs;
  readonly config: ModelConfig;
  /** Workers that prefill; each holds its own copy of the weights. */
  readonly workers: number;
  /** Threads of each worker. */
  readonly threads: number;
  /** What the workers compute on. */
  readonly provider: Provider;
  /** See {@linkcode EngineName}; default: what the provider needs. */
  readonly engine?: EngineName;
}

/** Sessions of a worker that drop entries: a graph has seldom more than one, two graphs that are compared have two. */
const EVICTING = 2;

/** What one message to ONNX Runtime may hold is 2 GiB; the graph takes some of it. */
const MESSAGE = 1.9 * 2 ** 30;

/** Outputs that runs keep in slots. */
const STAYS = /^((kept_|next_)?(keys|values)\.\d+(\.\d+)?|joined)$/;

/** A session that stays open until this is disposed. */
export interface UsedSession extends UsedName, Disposable {}

/** A session by its name, and where it is open. */
export interface UsedName {
  readonly name: string;
  readonly worker: SessionWorker;
}

/** Workers with the sessions of one model, opened when first asked for. */
export class SessionPool implements AsyncDisposable {
  readonly #workers: SessionWorker[];
  readonly #opened = new Map<string, Promise<SessionWorker>>();
  /** Rules that drop entries, by the number that their sessions' names have. */
  readonly #rules: object[] = [];
  readonly #evicting: readonly RecentSessions[]; // workers
  #turn = 0;

  constructor(readonly model: PoolModel) {
    this.#workers = Array.from(
      { length: model.workers },
      () => new SessionWorker(),
    );
    this.#evicting = this.#workers.map((worker, at) =>
      new RecentSessions(EVICTING, (session) => {
        this.#opened.delete(`${session}@${at}`);
        worker.send({ kind: "close", session }).catch(() => {}); // it has ended
      })
    );
  }

  /** Whether steps can stay on the device. */
  get steps(): boolean {
    const { graphs: { steps }, provider } = this.model;
    // CUDA's kernel of such attention is one of 16 bits.
    const computes = provider !== "cuda" || steps?.products === "float16";
    return this.#engine === "c" && steps !== undefined && computes;
  }

  get #engine(): EngineName {
    const { engine, provider } = this.model;
    return engine ?? (provider === "cuda" ? "c" : "npm");
  }

  /** Whether a session is open, or opening, where all but prefills are. */
  has(name: SessionName): boolean {
    return this.#opened.has(`${name}@0`);
  }

  /** A worker with the session open: prefill takes turns, everything else shares the first worker's state. */
  session(name: SessionName): Promise<SessionWorker> {
    const at = name.startsWith("prefill") ? this.#nextWorker() : 0;
    return this.#worker(name, at, () => this.#graph(name));
  }

  /** A worker with a prefill session that drops entries, by name; one for every rule and kind of eviction, of which the last stay open. */
  async evicting(question: boolean, eviction: Eviction): Promise<UsedSession> {
    const { rule, key, share, attention, vectors } = eviction;
    const form = { question, share, attention, vectors };
    if (!this.#rules.includes(rule)) this.#rules.push(rule);
    const number = this.#rules.indexOf(rule);
    const name = `prefill ${JSON.stringify(form)} ${number} ${key}`;
    const graph = () => this.model.graphs.prefill(question, eviction);
    const at = this.#nextWorker();
    const use = this.#evicting[at]!.use(name);
    const dispose = () => use[Symbol.dispose]();
    try {
      const worker = await this.#worker(name, at, graph);
      return { name, worker, [Symbol.dispose]: dispose };
    } catch (error) {
      dispose();
      throw error;
    }
  }

  /** A worker, by default the one that decodes, with the session that puts so many caches together. */
  async joining(
    sources: number,
    worker: SessionWorker = this.#workers[0]!,
  ): Promise<UsedName> {
    const name = `join-${sources}`;
    const graph = () => Promise.resolve(joinGraph(this.model.config, sources));
    const at = this.#workers.indexOf(worker);
    return { name, worker: await this.#worker(name, at, graph) };
  }

  /** The name of the session that gives every item of a batch its own cache, in the worker that computed them. */
  async splitting(items: number, worker: SessionWorker): Promise<string> {
    const name = `split-${items}`;
    const graph = () => Promise.resolve(splitGraph(this.model.config, items));
    await this.#worker(name, this.#workers.indexOf(worker), graph);
    return name;
  }

  #nextWorker(): number {
    return this.#turn++ % this.#workers.length;
  }

  #worker(
    name: string,
    at: number,
    graph: () => Promise<GraphBuilder>,
  ): Promise<SessionWorker> {
    const key = `${name}@${at}`;
    let opened = this.#opened.get(key);
    if (!opened) this.#opened.set(key, opened = this.#open(name, at, graph));
    return opened;
  }

  async #open(
    name: string,
    at: number,
    graph: () => Promise<GraphBuilder>,
  ): Promise<SessionWorker> {
    const worker = this.#workers[at]!;
    const builder = await graph();
    const { threads, provider } = this.model;
    const { folder, origin } = builder;
    const stay = builder.outputNames().filter((name) => STAYS.test(name));
    if (provider === "webgpu") lowerForWebgpu(builder);
    if (provider === "cuda" || name.startsWith("steps")) fuseResiduals(builder);
    const engine = this.#engine;
    const apart = provider === "cuda" || builder.constantBytes > MESSAGE;
    const { model, weights } = engine === "c" && apart
      ? builder.buildApart()
      : { model: builder.buildOnce() };
    const options = {
      threads,
      provider,
      stay,
      engine,
      ...(provider === "cuda" && { device: at }),
      ...(name.startsWith("steps") && { replays: true }),
      ...(folder && { folder }),
      ...(weights && { weights }),
    };
    const move = Object.values(weights ?? {}).map(({ data }) => data);
    const request = { kind: "open", session: name, model, options } as const;
    try {
      await worker.send(request, [model, ...move]);
    } catch (cause) {
      throw origin === undefined ? cause : refusedBy(cause, origin);
    }
    return worker;
  }

  async #graph(name: SessionName): Promise<GraphBuilder> {
    const { graphs, config } = this.model;
    switch (name) {
      case "prefill":
      case "prefill-question":
        return await graphs.prefill(name === "prefill-question");
      case "decode":
      case "decode-tempered":
      case "decode-int8":
      case "decode-int8-tempered":
        return await graphs.decode(formOf(name));
      case "mass":
      case "mass-tempered":
      case "mass-sliding":
      case "mass-sliding-tempered":
        return attentionMassGraph(config, massForm(name));
      case "queries":
        return await graphs.queries();
      case "own-mass":
        return ownMassGraph(config);
      case "tail":
        return tailGraph(config);
      case "steps":
      case "steps-sampled":
      case "steps-biased":
      case "steps-sampled-biased":
        return await graphs.steps!.steps(stepForm(name));
      case "room":
      case "room-biased":
        return graphs.steps!.room(name === "room-biased");
    }
  }

  /** Ends the workers; resolves when they have released their sessions, but does not wait for kernels. */
  async [Symbol.asyncDispose](): Promise<void> {
    const idle = this.#workers.filter(({ busy }) => !busy);
    for (const worker of this.#workers) worker[Symbol.dispose]();
    await Promise.all(idle.map(({ gone }) => gone));
  }
}

/** An exported graph that ONNX Runtime does not take is its file's fault. */
function refusedBy(cause: unknown, origin: string): FormatError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const problem = `ONNX Runtime refuses its graph: ${reason}`;
  return new FormatError(origin, problem, undefined, { cause });
}
