import { exists } from "../tests/model/exists.ts";
import { smollm2 } from "../tests/model/smollm2.ts";

/** Path of the tests' model requantised to Q4_0, the form that llama.cpp is fastest with; written once beside it. */
export async function smollm2Q40(): Promise<string> {
  const path = await smollm2();
  const target = path.replace("Q4_1", "Q4_0");
  if (await exists(target)) return target;
  const script = new URL("requantise.py", import.meta.url).pathname;
  const { success } = await new Deno.Command("python3", {
    args: [script, path, `${target}.part`],
    stderr: "null",
  }).output();
  if (!success) throw new Error(`requantise.py failed for ${path}`);
  await Deno.rename(`${target}.part`, target);
  return target;
}
