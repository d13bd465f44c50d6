/**
 * Runs an evictor from a module of one's own.
 *
 *     deno run -A examples/custom_evictor/main.ts
 */
// deno-lint-ignore-file no-console
import { type Answer, builtins, loadGraph, runGraph } from "parallelcomp";
import { lastValueFrom, of } from "rxjs";

const root = new URL("../../", import.meta.url);
const licence = await Deno.readTextFile(new URL("models/tiny/LICENSE", root));
const fact = "The pass key is 71904. Remember it. 71904 is the pass key.";

const plan = await loadGraph(new URL("graph.yaml", import.meta.url), {
  registry: builtins(),
  params: { window: 1024 },
});
const { outputs } = runGraph(plan, {
  inputs: {
    document: of(licence.replace("   4. Red", `${fact}\n\n   4. Red`)),
    question: of("What is the pass key?"),
  },
  outputs: ["answer"],
});
const { answer, kept } = await lastValueFrom(outputs.answer!) as Answer;
console.log(`answer: ${answer}`);
console.log(`kept chunks: ${kept.map((k) => k.chunk).join(", ")}`);
