import assert from "node:assert/strict";
import {
  passKeyDocument,
  passKeyQuestion,
  withFolder,
  writeFile,
} from "./documents.ts";
import { jsonLines, runCli } from "./run_cli.ts";

const flags = [
  "--prompt",
  "raw",
  "--max-tokens",
  "4",
  "--question",
  passKeyQuestion,
];
const document = passKeyDocument(700);

/** Overlap of one layer and head. */
interface Overlap {
  readonly a: number;
  readonly b: number;
  readonly both: number;
  readonly jaccard: number;
  readonly share: number;
}

async function diff(...args: string[]) {
  const { code, stdout, stderr } = await runCli(
    ["diff", ...args, ...flags, "--json"],
    { stdin: document },
  );
  assert.equal(code, 0, stderr);
  // deno-lint-ignore no-explicit-any
  return jsonLines(stdout).at(-1) as any;
}

Deno.test("diff of equal graphs: overlap 1, divergence 0, the same tokens", async () => {
  const same = await diff(
    "parallelcomp",
    "parallelcomp",
    "-",
    "--set",
    "window=256",
  );
  const overlaps: Overlap[] = same.overlap.layers.flat();
  assert.equal(overlaps.length, 16);
  for (const { a, b, both, jaccard, share } of overlaps) {
    assert(a > 0);
    assert.deepEqual({ b, both, jaccard, share }, {
      b: a,
      both: a,
      jaccard: 1,
      share: 1,
    });
  }
  assert.deepEqual([same.overlap.jaccard, same.overlap.share], [1, 1]);
  assert(same.kl.ab < 1e-9 && same.kl.ba < 1e-9);
  assert.deepEqual(same.firstDifference, { token: null, a: null, b: null });
  assert.equal(same.a.tokens.join(""), same.a.answer);
  assert.deepEqual(same.a.kept, same.b.kept);
  assert.equal(same.a.effectiveHash, same.b.effectiveHash);
});

Deno.test("diff of different evictors: what both kept, and where the answers part", async () => {
  const set = ["--set", "window=256", "--set", "keepEntries=24"];
  const other = await diff(
    "parallelcomp",
    "parallelcomp",
    "-",
    ...set,
    "--set-b",
    "nodes.evicted.stage=evict.random",
  );
  const overlaps: Overlap[] = other.overlap.layers.flat();
  for (const { a, b, both, jaccard, share } of overlaps) {
    assert.equal(a, b); // both keep as many
    assert(both > 0 && both < a); // the protected lead at least
    assert.equal(jaccard, both / (a + b - both));
    assert.equal(share, both / a);
  }
  assert(other.kl.ab > 0 && other.kl.ba > 0);
  const { token, a, b } = other.firstDifference;
  assert.deepEqual(
    other.a.tokens.slice(0, token),
    other.b.tokens.slice(0, token),
  );
  assert.notEqual(other.a.tokens[token], other.b.tokens[token]);
  assert.deepEqual([a, b], [
    other.a.tokens[token] ?? null,
    other.b.tokens[token] ?? null,
  ]);
  assert.equal(other.a.bytes, other.b.bytes);
  assert(other.a.seconds.prefill > 0);
});

Deno.test("diff of a subset: all of A is in B", async () => {
  const set = [
    "--set",
    "window=256",
    "--set-a",
    "keepEntries=24",
    "--set-b",
    "keepEntries=999",
  ];
  const less = await diff("parallelcomp", "parallelcomp", "-", ...set);
  assert.equal(less.overlap.share, 1);
  assert(less.overlap.jaccard < 0.5);
  assert(less.a.bytes < less.b.bytes);
});

Deno.test("diff says which part cannot be compared, and compares the rest", async () => {
  const cut = await diff(
    "parallelcomp",
    "truncate_middle",
    "-",
    "--set-a",
    "window=256",
  );
  assert.deepEqual(cut.overlap, {
    notComparable: "the graphs cut the document differently",
  });
  assert(cut.kl.ab >= 0);

  await withFolder(async (folder) => {
    const file = await writeFile(folder, "a.txt", document);
    const { code, stdout } = await runCli([
      "diff",
      "parallelcomp",
      "paper",
      file,
      ...flags,
    ]);
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}graph +parallelcomp +paper$/m);
    assert.match(stdout, /^answers: /m);
    assert.match(stdout, /^next token after the question: KL\(A‖B\) /m);
    assert.match(stdout, /^kept entries: \|A∩B\|\/\|A∪B\| [\d.]+, /m);
    assert.match(stdout, /^ {2}layer +head 0 +head 1$/m);
  });
});

Deno.test("diff names the graph that cannot run", async () => {
  const args = ["diff", "parallelcomp", "parallelcomp", "-", ...flags];
  const cases: Record<string, RegExp> = {
    "nodes.evicted.stage=evict.randm":
      /^error: Graph B cannot run: .*Unknown stage 'evict.randm'/,
    "nodes.evictd.stage=evict.random":
      /^error: Graph B cannot run: .*no node 'evictd'/,
    "keepEntris=3": /^error: Graph B cannot run: .*did you mean 'keepEntries'/,
  };
  for (const [set, message] of Object.entries(cases)) {
    const { code, stdout, stderr } = await runCli([...args, "--set-b", set], {
      stdin: document,
    });
    assert.equal(code, 3);
    assert.match(stderr, message);
    assert.equal(stdout, "");
  }
});

Deno.test("diff of a graph that reads again compares entries by their places in the document", async () => {
  const cut = ["--set", "window=256", "--set-b", "keepEntries=999"];
  const alike = ["--set-b", "rereadTokens=999", "--set-b", "answerEntries=999"];
  const whole = await diff(
    ...["parallelcomp", "reread", "-", ...cut, ...alike],
    ...["--set-a", "keepEntries=999", "--set-a", "keepChunks=8"],
  );
  assert.equal(whole.a.chunks, whole.b.chunks);
  assert.deepEqual(
    whole.a.kept.map(({ chunk }: { chunk: number }) => chunk),
    whole.b.kept.map(({ chunk }: { chunk: number }) => chunk),
  );
  // Both hold the whole document: the one as merged chunks, the other read again as one text.
  assert.deepEqual([whole.overlap.jaccard, whole.overlap.share], [1, 1]);
  assert(whole.kl.ab > 0); // not the same cache

  const less = await diff(
    ...["parallelcomp", "reread", "-", "--set", "window=256"],
    ...["--set-a", "keepEntries=999", "--set-a", "keepChunks=8"],
    ...["--set-b", "rereadTokens=96", "--set-b", "answerEntries=32"],
  );
  for (const { a, b, both } of less.overlap.layers.flat() as Overlap[]) {
    assert(b < a);
    assert.equal(both, b); // all of it stands in the whole document
  }
});

Deno.test("diff says whose entries were read again", async () => {
  const { code, stdout, stderr } = await runCli(
    ["diff", "parallelcomp", "reread", "-", ...flags, "--set", "window=256"],
    { stdin: document },
  );
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^kept entries: by their places in the document, for B read them again as one text, \|A∩B\|/m,
  );
});
