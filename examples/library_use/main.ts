/**
 * Asks a question about a text longer than the model's window, with the command line's default graph.
 *
 *     deno run -A examples/library_use/main.ts
 */
// deno-lint-ignore-file no-console
import {
  type Answer,
  builtins,
  loadGraph,
  runGraph,
  shippedGraph,
} from "parallelcomp";
import { lastValueFrom, of } from "rxjs";

const root = new URL("../../", import.meta.url);
const licence = await Deno.readTextFile(new URL("models/tiny/LICENSE", root));
const fact = "The pass key is 71904. Remember it. 71904 is the pass key.";

const plan = await loadGraph(shippedGraph("reread"), {
  registry: builtins(),
  params: { window: 1024, maxTokens: 16 },
});
const run = runGraph(plan, {
  inputs: {
    document: of(licence.replace("   4. Red", `${fact}\n\n   4. Red`)),
    question: of("What is the pass key?"),
  },
  outputs: ["answer"],
});
run.events.subscribe((event) => {
  if (event.type === "chunk" && event.action === "kept") {
    console.log(`kept chunk ${event.chunk}, score ${event.score?.toFixed(3)}`);
  }
});
const { answer, kept } = await lastValueFrom(run.outputs.answer!) as Answer;
console.log(`answer: ${answer}`);
console.log(`from lines ${kept.map((chunk) => chunk.line).join(", ")} on`);
