// deno-lint-ignore-file no-console
/**
 * What the prefill session of a published shape takes on a CUDA card, call by call, and how fast its calls are: the
 * session alone, opened as a worker opens it, fed what `graphs/evict_first.yaml` feeds it.
 *
 *     deno run -A bench/gpu/call_memory.ts SHAPE [batch=1,4] [rows=2048,8192] [keep=512] [bits=16] [provider=cuda] [patterns=no]
 *
 * Prints a line of JSON for each batch and length.
 *
 * @module
 */
import { findCudaFiles, joinProvider } from "../../io/cuda_files.ts";
import { openLibraries } from "../../kernels/engine/cuda_engine.ts";
import { ortFiles } from "../../kernels/engine/onnxruntime_c/ort_files.ts";
import { OrtLibrary } from "../../kernels/engine/onnxruntime_c/ort_library.ts";
import type { OrtSession } from "../../kernels/engine/onnxruntime_c/ort_session.ts";
import { OrtTensor } from "../../kernels/engine/onnxruntime_c/ort_tensor.ts";
import type { Request, RunRequest } from "../../kernels/engine/protocol.ts";
import { SessionWorker } from "../../kernels/engine/session_worker.ts";
import { QuestionRun } from "./question_run.ts";
import { randomShape, type ShapeName } from "./random_shape.ts";

const CALLS = 5;
const [shape = "135m", ...rest] = Deno.args;
const given = new Map(rest.map((part) => part.split("=") as [string, string]));
const numbers = (name: string, otherwise: string) =>
  (given.get(name) ?? otherwise).split(",").map(Number);
const provider = (given.get("provider") ?? "cuda") as "cuda" | "cpu";
const keepEntries = given.get("keep") === "all"
  ? Infinity
  : numbers("keep", "512")[0]!;

/** As `CEngine` has them. */
const CUDA = {
  device_id: "0",
  use_tf32: "0",
  arena_extend_strategy: "kSameAsRequested",
};

const opened = new Map<string, OpenRequest>();

type OpenRequest = Extract<Request, { readonly kind: "open" }>;

const library = await openLibrary();
const model = await randomShape(shape as ShapeName, {
  window: Math.max(...numbers("rows", "2048,8192")),
  bits: numbers("bits", "16")[0] as 4 | 16,
  provider,
});
for (const batch of numbers("batch", "1,4")) {
  for (const rows of numbers("rows", "2048,8192")) {
    const { open, run } = await requested(batch, rows);
    using session = library.open(open.model.slice(), {
      threads: 1,
      patterns: given.get("patterns") === "yes",
      ...(provider === "cuda" && { cuda: CUDA }),
      ...(open.options.weights && { weights: open.options.weights }),
    });
    const weightBytes = session.arenaBytes();
    const seconds: number[] = [];
    for (let i = 0; i < CALLS; i++) seconds.push(call(session, run));
    console.log(JSON.stringify({
      shape,
      batch,
      rows,
      keep: given.get("keep") ?? keepEntries,
      weightBytes,
      callBytes: session.arenaBytes() - weightBytes,
      tokensPerSecond: Math.round(batch * rows / Math.min(...seconds.slice(1))),
    }));
  }
}
Deno.exit(0); // the model's workers were never needed

/** One call with its outputs where a worker wants them; seconds. */
function call(session: OrtSession, { feeds, fetch, store }: RunRequest) {
  using made = new DisposableStack();
  const start = performance.now();
  const inputs = Object.entries(feeds).map(([name, feed]) => {
    if (!("data" in feed)) throw new TypeError(`Feed '${name}' has no data`);
    const { api, host } = library;
    return [name, made.use(OrtTensor.over(api, host, feed))] as const;
  });
  const binding = made.use(session.bind(Object.fromEntries(inputs), [
    ...fetch.map((name) => [name, "host"] as const),
    ...Object.keys(store).map((name) => [name, "device"] as const),
  ]));
  binding.run();
  binding.wait();
  const seconds = (performance.now() - start) / 1000;
  for (const tensor of binding.outputs()) made.use(tensor);
  return seconds;
}

/** What the model would ask its worker: nothing is sent. */
async function requested(
  batch: number,
  rows: number,
): Promise<{ open: OpenRequest; run: RunRequest }> {
  const run = new QuestionRun(model, {
    chunks: batch,
    rows,
    batch,
    keepEntries,
    share: "layer",
  });
  const chunks = await run.chunks();
  let asked: RunRequest | undefined;
  SessionWorker.prototype.send = (request) => {
    if (request.kind === "open" && request.session.startsWith("prefill")) {
      opened.set(request.session, request);
    }
    if (request.kind === "run" && request.session.startsWith("prefill")) {
      asked = request;
      return Promise.reject(new Error("Nothing more is asked"));
    }
    return Promise.resolve({});
  };
  await run.merged(chunks).catch((error) => {
    if (!asked) throw error;
  });
  return { open: opened.get(asked!.session)!, run: asked! };
}

async function openLibrary(): Promise<OrtLibrary> {
  const { library, version } = await ortFiles();
  if (provider === "cpu") return new OrtLibrary(library);
  const files = await findCudaFiles(library.replace(/\/[^/]*$/, ""));
  const missing = openLibraries(files);
  if (missing.length > 0 || !files.provider) {
    throw new Error(`CUDA cannot be opened: ${missing}`);
  }
  const folder = await Deno.makeTempDir({ prefix: `onnxruntime-${version}-` });
  return new OrtLibrary(await joinProvider(library, files.provider, folder));
}
