import { FormatError } from "../../io/format_error.ts";
import {
  cudaReport,
  formatBytes,
  loadModel,
  whyNoProvider,
} from "../../mod.ts";
import { checkModel } from "./check_model.ts";
import { ExitCode } from "../terminal/exit_code.ts";
import { absent, fails, type Finding, finding } from "./finding.ts";

/** What computes where no model is named, or the one that is cannot be opened. */
const BUNDLED = "tiny";

/** Checks everything that a run needs, down to a real computation. */
export async function checkMachine(
  model: string = BUNDLED,
): Promise<Finding[]> {
  const found = await checkModel(model);
  const opens = found.every(({ state }) => state !== "fails");
  return [
    finding("Deno", `${Deno.version.deno}, ${Deno.build.target}`),
    ...await permissions(),
    machine(),
    await temporaryFolder(),
    ...found,
    await computation(opens ? model : BUNDLED),
    await provider("cuda"),
    await provider("webgpu"),
  ];
}

async function permissions(): Promise<Finding[]> {
  const purposes = {
    read: "model, document and graph",
    write: "--output, sinks, and chat's temporary file",
    env: "settings of libraries",
    ffi: "ONNX Runtime is a native library",
    sys: "processor and memory",
  } as const;
  return await Promise.all(
    Object.entries(purposes).map(async ([name, purpose]) => {
      const descriptor = { name: name as keyof typeof purposes };
      const { state, partial } = await Deno.permissions.query(descriptor);
      if (state === "granted") {
        return finding(`--allow-${name}`, purpose);
      }
      return absent(
        `--allow-${name}`,
        `${partial ? "given in part" : "not given"}; for ${purpose}`,
      );
    }),
  );
}

function machine(): Finding {
  const { total, available } = Deno.systemMemoryInfo();
  return finding(
    "machine",
    `${navigator.hardwareConcurrency} threads, ${formatBytes(available)} of ${
      formatBytes(total)
    } memory free`,
  );
}

async function temporaryFolder(): Promise<Finding> {
  try {
    const path = await Deno.makeTempFile({ prefix: "parallelcomp-" });
    await Deno.remove(path);
    return finding("temporary files", path.replace(/[/\\][^/\\]*$/, ""));
  } catch (error) {
    return absent("temporary files", (error as Error).message);
  }
}

/** Whether a graphics card could compute. */
async function provider(name: "cuda" | "webgpu"): Promise<Finding> {
  try {
    const why = await whyNoProvider(name);
    if (why !== undefined) return absent(name, why);
    return finding(
      name,
      name === "cuda"
        ? `opens and computes; provider: auto takes it; ${await card()}`
        : "opens and computes; --provider webgpu takes it",
    );
  } catch (error) {
    return absent(name, (error as Error).message);
  }
}

/** Devices, versions and where the provider lies. */
async function card(): Promise<string> {
  const { driver, provider, version } = await cudaReport();
  const devices = driver?.devices.map(({ name, memory }) =>
    `${name} (${formatBytes(memory)})`
  );
  return `${
    devices?.join(", ")
  }; driver for CUDA ${driver?.cuda}; provider ${version} in ${provider}`;
}

/** Opens a session in a worker and prefills a few tokens with it. */
async function computation(path: string): Promise<Finding> {
  try {
    await using model = await loadModel(path, { threads: 1, provider: "cpu" });
    const began = performance.now();
    await model.prefill([{ ids: Int32Array.of(0, 1, 2, 3) }]);
    const milliseconds = Math.round(performance.now() - began);
    return finding(
      "ONNX Runtime",
      `opened a session of ${path} on ${model.provider} and computed in ${milliseconds} ms`,
    );
  } catch (error) {
    const broken = error instanceof FormatError;
    const code = broken ? ExitCode.model : ExitCode.internal;
    return fails("ONNX Runtime", error, code);
  }
}
