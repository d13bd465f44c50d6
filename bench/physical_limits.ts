import { GraphBuilder } from "../kernels/onnx/builder.ts";
import { SessionWorker } from "../kernels/engine/session_worker.ts";

/** What the processor does at its best, with all threads. */
export interface PhysicalLimits {
  /** Of plain fp32 products, one behind the other in one session. */
  readonly flopsPerSecond: number;
  /** Read and written by a copy that no cache holds, one thread. */
  readonly bytesPerSecond: number;
}

const SIZE = 1024;
const PRODUCTS = 8;
const BYTES = 2 ** 28;

/** Measures both, each as the best of some rounds. */
export async function physicalLimits(
  threads: number,
  rounds = 7,
): Promise<PhysicalLimits> {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", [SIZE, SIZE]); // [size, size]
  const random = () =>
    Float32Array.from({ length: SIZE * SIZE }, () => Math.random() / SIZE);
  const weights = g.constant(random(), [SIZE, SIZE]);
  let y = x;
  for (let i = 0; i < PRODUCTS; i++) y = g.op("MatMul", [y, weights]); // [size, size]
  const one = g.op("ReduceMax", [y, g.ints(0, 1)], { keepdims: 0 }); // []
  g.output("y", one, "float32", []);
  using worker = new SessionWorker();
  const options = { threads };
  const model = g.build();
  await worker.send({ kind: "open", session: "limit", model, options });
  const seconds = async (run: () => unknown) => {
    let best = Infinity;
    for (let i = 0; i <= rounds; i++) {
      const start = performance.now();
      await run();
      if (i > 0) best = Math.min(best, (performance.now() - start) / 1000);
    }
    return best;
  };
  const data = random();
  const product = await seconds(() =>
    worker.send({
      kind: "run",
      session: "limit",
      feeds: { x: { type: "float32", data: data.slice(), dims: [SIZE, SIZE] } },
      fetch: ["y"],
      copies: [],
      store: {},
    })
  );
  const [from, to] = [new Uint8Array(BYTES).fill(1), new Uint8Array(BYTES)];
  const copy = await seconds(() => to.set(from));
  return {
    flopsPerSecond: 2 * PRODUCTS * SIZE ** 3 / product,
    bytesPerSecond: 2 * BYTES / copy,
  };
}
