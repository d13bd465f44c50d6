import assert from "node:assert/strict";
import { passKeyDocument } from "./documents.ts";
import { jsonLines, runCli } from "./run_cli.ts";

const document = passKeyDocument(2400);

for (const graph of ["parallelcomp", "reread"]) {
  Deno.test(`plan predicts the chunks that a run of ${graph} then has, before anything is computed`, async () => {
    const set = ["--set", "window=512", "--set", "keepChunks=2"];
    const question = "What is the pass key?";
    const [planned] = jsonLines(
      (await runCli(
        ["plan", graph, "-", "--question", question, ...set, "--json"],
        { stdin: document },
      )).stdout.split("\n").filter((line) => line.includes('"plan"')).join(
        "\n",
      ),
    );
    const { stdout } = await runCli(
      [
        ...["ask", "-", question, "--graph", graph, ...set],
        ...["--max-tokens", "64", "--json"],
      ],
      { stdin: document },
    );
    const events = jsonLines(stdout);
    const answer = events.at(-1)!;
    const longest = events.filter(({ action }) => action === "prefilled")
      .map(({ entriesBefore }) => Number(entriesBefore));
    assert.equal(planned!.chunks, answer.chunks);
    assert.equal(planned!.chunkEntries, Math.max(...longest));
    assert.equal(planned!.keptChunks, (answer.kept as unknown[]).length);
    const memory = planned!.memory as { name: string; bytes: number }[];
    assert.equal(
      memory.reduce((sum, { bytes }) => sum + bytes, 0),
      planned!.peakBytes,
    );
  });
}

Deno.test("plan says chunks, KV, memory and time for people", async () => {
  const args = ["plan", "parallelcomp", "-", "--chat", "--measure"];
  const { code, stdout, stderr } = await runCli(args, { stdin: document });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^ {2}chunks {4,}\d+ of at most [\d,]+ tokens$/m);
  assert.match(stdout, /^ {2}stored .* in memory between questions$/m);
  assert.match(stdout, /tokens\/s \(measured\)$/m);
  assert.match(stdout, /^ {2}memory {4,}about .* at the peak:$/m);
  assert.match(stdout, /^ {4}prefill weights {2,}[\d.]+ MiB$/m);
});

Deno.test("plan --memory ends with 6 where the run would not fit", async () => {
  const args = ["plan", "parallelcomp", "-", "--memory", "50MB"];
  const { code, stdout } = await runCli(args, { stdin: document });
  assert.equal(code, 6);
  assert.match(stdout, /at the peak/);
});

Deno.test("plan says which stages are computed together, and why others are not", async () => {
  const said = async (graph: string, ...flags: string[]) => {
    const { code, stdout, stderr } = await runCli(
      ["plan", graph, "-", ...flags],
      { stdin: document },
    );
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const wall =
    /^ {2}not fused +evicted: select\.top stands between prefill and evicted: only kept chunks are evicted$/m;
  assert.match(await said("parallelcomp"), wall);
  assert.match(await said("parallelcomp", "--chat"), wall);
  const first = await said("evict_first");
  assert.match(
    first,
    /^ {2}fused +asked \+ evicted: only kept entries leave the session$/m,
  );
  assert.match(first, /^ {4}prefill runs +[\d.]+ MiB$/m);
  assert.doesNotMatch(first, /KV after eviction/);
});

Deno.test("plan counts what is held until a stage has chosen, as the evictor before it leaves it", async () => {
  const held = async (...set: string[]) => {
    const args = ["plan", "two_hop", "-", "--question", "Who?", "--json"];
    const all = ["--set", "window=512", ...set];
    const { stdout } = await runCli([...args, ...all], { stdin: document });
    const [planned] = jsonLines(
      stdout.split("\n").filter((line) => line.includes('"plan"')).join("\n"),
    );
    const moments = planned!.moments as {
      name: string;
      memory: { name: string; bytes: number }[];
    }[];
    const { memory } = moments.find(({ name }) => name === "answer")!;
    const { bytes } = memory.find(({ name }) =>
      name === "KV held for the choice"
    )!;
    return { bytes, chunks: Number(planned!.chunks) };
  };
  const { bytes, chunks } = await held("--set", "keepEntries=64");
  assert(chunks > 5);
  assert(bytes > 0);
  const double = await held("--set", "keepEntries=128");
  assert.equal(double.bytes, 2 * bytes);
  const few = ["--set", "keepEntries=64", "--set", "candidates=4"];
  assert.equal((await held(...few)).bytes, 4 * bytes / chunks);
});

Deno.test("plan counts all chunks of a graph that may stop early, once, in whatever order it reads them", async () => {
  const chunks = async (graph: string) => {
    const args = ["plan", graph, "-", "--json", "--set", "window=512"];
    const { code, stdout, stderr } = await runCli(args, { stdin: document });
    assert.equal(code, 0, stderr);
    return jsonLines(stdout).at(-1)!.chunks;
  };
  assert.equal(await chunks("early"), await chunks("parallelcomp"));
});

Deno.test("plan counts what leads every chunk once in the merged cache, also where that is a whole block", async () => {
  const set = ["--set", "window=512", "--set", "maxTokens=4"];
  const question = "What is the pass key?";
  for (const graph of ["pcw", "star_attention", "parallelcomp"]) {
    const asked = ["--question", question, ...set, "--json"];
    const planned = jsonLines(
      (await runCli(["plan", graph, "-", ...asked], { stdin: document }))
        .stdout,
    ).at(-1)!;
    const { stdout } = await runCli(
      ["ask", "-", question, "--graph", graph, ...set, "--json"],
      { stdin: document },
    );
    const answer = jsonLines(stdout).at(-1)!;
    assert.equal(planned.contextTokens, answer.contextTokens, graph);
    const { entry, merged } = planned.kvBytes as Record<string, number>;
    assert.equal(merged, entry! * Number(answer.contextTokens), graph);
  }
});

Deno.test("plan says what is read again, and the context that is decoded over, as a run then has them", async () => {
  const set = ["--set", "window=512", "--set", "keepChunks=4"];
  const kept = ["--set", "keepEntries=128", "--set", "rereadTokens=256"];
  const left = ["--set", "answerEntries=96", "--set", "maxTokens=4"];
  const question = "What is the pass key?";
  const asked = ["--question", question, ...set, ...kept, ...left];
  const plan = ["plan", "reread", "-", ...asked];
  const { stdout: said } = await runCli(plan, { stdin: document });
  const planned = jsonLines(
    (await runCli([...plan, "--json"], { stdin: document })).stdout,
  ).at(-1)!;
  const { stdout } = await runCli(
    ["run", "reread", "-", ...asked, "--json"],
    { stdin: document },
  );
  const events = jsonLines(stdout);
  const answer = events.at(-1)!;
  const read = events.filter(({ name }) => name === "rereadTokens")
    .map(({ value }) => Number(value)); // of one reading after another
  assert.equal(read.length, 2);
  assert.deepEqual(planned.rereadTokens, read);
  assert.equal(planned.contextTokens, answer.contextTokens);
  assert.equal(planned.contextTokens, 96);
  assert(Number(planned.mergedTokens) > 256);
  assert.match(said, /^ {2}kept +4 chunks, 128 entries .* together$/m);
  assert.match(
    said,
    /^ {2}read again +25\d tokens of these, as one text, then 9\d of them$/m,
  );
  assert.match(said, /^ {2}context +96 entries a head$/m);
});

Deno.test("plan reads nothing again of a document that is one chunk", async () => {
  const args = ["plan", "reread", "-", "--question", "Who?", "--json"];
  const { stdout } = await runCli(args, { stdin: passKeyDocument(300) });
  const planned = jsonLines(stdout).at(-1)!;
  assert.equal(planned.chunks, 1);
  assert.deepEqual(planned.rereadTokens, []);
  assert.equal(planned.contextTokens, planned.mergedTokens);
});
