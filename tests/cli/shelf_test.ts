import assert from "node:assert/strict";
import { withFolder } from "./documents.ts";
import { jsonLines, runCli } from "./run_cli.ts";

Deno.test("stages lists the shelf, and one stage with options and defaults", async () => {
  const all = await runCli(["stages"]);
  assert.equal(all.code, 0);
  assert.match(all.stdout, /^ {2}evict\.attention {2,}Keeps the entries/m);
  const one = await runCli(["stages", "evict.attention"]);
  assert.match(
    one.stdout,
    /^ {2}chunks +pc\/kv-chunk +stream, needs question$/m,
  );
  assert.match(one.stdout, /^ {2}pool +integer +\|? *= 31 +width of/m);
});

Deno.test("stages --json gives every option a description, and a default or a need", async () => {
  const { stdout } = await runCli(["stages", "--json"]);
  const [stages] = jsonLines(stdout) as unknown as [
    { name: string; options: Record<string, unknown>[] }[],
  ];
  assert(stages.length > 20);
  for (const { name, options } of stages) {
    for (const option of options) {
      assert.notEqual(option.description, "", `${name} ${option.name}`);
      assert.equal(typeof option.required, "boolean");
    }
  }
});

Deno.test("check and draw read a shipped graph from any folder", async () => {
  await withFolder(async (cwd) => {
    const check = await runCli(["check", "parallelcomp"], { cwd });
    assert.equal(check.code, 0);
    assert.match(
      check.stdout,
      /^parallelcomp: \d+ nodes, outputs: text, answer\n$/,
    );
    const draw = await runCli(["draw", "paper"], { cwd });
    assert.match(draw.stdout, /^flowchart TD\n/);
    assert.match(draw.stdout, /\["evicted<br\/>evict.attention"\]/);
  });
});

Deno.test("run prints what leaves a graph without an answer", async () => {
  await withFolder(async (cwd) => {
    await Deno.writeTextFile(
      `${cwd}/g.yaml`,
      "version: 1\nparams: { say: hello }\nnodes: { t: { stage: source.inline, with: { text: '${say}' } } }\noutputs: { t: t }\n",
    );
    const plain = await runCli(["run", "./g.yaml", "--set", "say=good day"], {
      cwd,
    });
    assert.equal(plain.stdout, '{"name":"inline","text":"good day"}\n');
    const json = await runCli(["run", "./g.yaml", "--json"], { cwd });
    assert.deepEqual(
      jsonLines(json.stdout).find(({ type }) => type === "output"),
      {
        type: "output",
        output: "t",
        value: { name: "inline", text: "hello" },
      },
    );
  });
});

Deno.test("doctor computes on this machine, and says why a model cannot be used", async () => {
  const well = await runCli(["doctor"]);
  assert.equal(well.code, 0, well.stderr);
  assert.match(
    well.stdout,
    /^ {2}ok +ONNX Runtime +opened a session of .* on cpu/m,
  );
  const ill = await runCli(["doctor", "--model", "no.gguf", "--json"]);
  assert.equal(ill.code, 4);
  const states = jsonLines(ill.stdout).map(({ name, state }) => [name, state]);
  assert.equal(Object.fromEntries(states)["model file"], "fails");
});

Deno.test("--help lists the exit codes", async () => {
  for (const args of [["--help"], ["ask", "--help"]]) {
    const { code, stdout } = await runCli(args);
    assert.equal(code, 0);
    assert.match(stdout, /Exit codes:\n {2}0 +done\n/);
    assert.match(stdout, /\n {2}130 +interrupted/);
  }
});
