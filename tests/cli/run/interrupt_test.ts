import assert from "node:assert/strict";
import { passKeyDocument, withFolder, writeFile } from "../documents.ts";
import { spawnCli } from "../run_cli.ts";

/** Reads a stream up to a place that must come. */
async function waitFor(
  stream: ReadableStream<Uint8Array>,
  place: RegExp,
): Promise<ReadableStreamDefaultReader<string>> {
  const reader = stream
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .getReader();
  let seen = "";
  while (!place.test(seen)) {
    const { value, done } = await reader.read();
    if (done) assert.fail(`ended before ${place} came: ${seen}`);
    seen += value;
  }
  return reader;
}

/** What is left to read. */
async function restOf(
  reader: ReadableStreamDefaultReader<string>,
): Promise<string> {
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return rest;
    rest += value;
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name: `${signal} while kernels run ends with 130 and leaves nothing behind`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await withFolder(async (folder) => {
        // Far more work than could be done before the signal.
        const file = await writeFile(folder, "a.txt", passKeyDocument(300_000));
        const spill = await Deno.makeTempDir({ dir: folder });
        const args = ["ask", file, "What is the pass key?"];
        const child = spawnCli([...args, "--output", `${folder}/out.txt`], {
          env: { TMPDIR: spill },
        });
        await child.stdin.close();
        const reader = await waitFor(child.stderr, /^prefill: 1 of/m);
        child.kill(signal);
        const [{ code }, stderr] = await Promise.all([
          child.status,
          restOf(reader),
        ]);
        await child.stdout.cancel();
        assert.equal(code, 130);
        assert.match(stderr, /^error: Interrupted\n$/m);
        assert.deepEqual([...Deno.readDirSync(spill)], []);
        const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
        assert.deepEqual(
          names.filter((name) => name.includes("out")),
          [],
        );
      });
    },
  });
}

Deno.test({
  name: "SIGINT while the main thread tokenises ends with 130",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withFolder(async (folder) => {
      const file = await writeFile(
        folder,
        "a.txt",
        passKeyDocument(6_000_000),
      );
      const child = spawnCli(["ask", file, "What?", "--json"]);
      await child.stdin.close();
      const reader = await waitFor(
        child.stdout,
        /"completed".*"node":"model"/,
      );
      child.kill("SIGINT");
      const [{ code }] = await Promise.all([child.status, restOf(reader)]);
      await child.stderr.cancel();
      assert.equal(code, 130);
    });
  },
});

Deno.test({
  name: "SIGINT between the questions of a chat leaves nothing behind",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withFolder(async (folder) => {
      const file = await writeFile(folder, "a.txt", passKeyDocument(2400));
      const spill = await Deno.makeTempDir({ dir: folder });
      const child = spawnCli(["chat", file, "--kv-memory", "1KB"], {
        env: { TMPDIR: spill },
      });
      const reader = await waitFor(child.stderr, /in a temporary file/);
      child.kill("SIGINT");
      const [{ code }] = await Promise.all([child.status, restOf(reader)]);
      await child.stdout.cancel();
      await child.stdin.close().catch(() => {});
      assert.equal(code, 130);
      assert.deepEqual([...Deno.readDirSync(spill)], []);
    });
  },
});

Deno.test("kill -9 at 20 random moments leaves no partial output file", async () => {
  await withFolder(async (folder) => {
    const file = await writeFile(folder, "a.txt", passKeyDocument(100));
    const output = `${folder}/out.txt`;
    const question = "What is the pass key? The pass key is";
    const flags = ["--prompt", "raw", "--max-tokens", "6"];
    const args = ["ask", file, question, ...flags, "--output", output];
    const run = async (killAfter: number) => {
      await Deno.remove(output).catch(() => {});
      const child = spawnCli(args);
      await child.stdin.close();
      const timer = setTimeout(() => {
        try {
          child.kill("SIGKILL");
        } catch {
          // It ended in this very moment.
        }
      }, killAfter);
      const began = performance.now();
      const { success } = await child.output();
      clearTimeout(timer);
      const text = await Deno.readTextFile(output).catch(() => undefined);
      return { success, text, milliseconds: performance.now() - began };
    };
    const whole = await run(60_000);
    assert(whole.success);
    assert.match(whole.text!, /48213/);
    for (let turn = 0; turn < 20; turn++) {
      const { text } = await run(Math.random() * whole.milliseconds);
      if (text !== undefined) assert.equal(text, whole.text);
    }
  });
});

Deno.test("a reader of the output that leaves early is no error", async () => {
  await withFolder(async (folder) => {
    const file = await writeFile(folder, "a.txt", passKeyDocument(100));
    const child = spawnCli(["ask", file, "What?", "--json"]);
    await child.stdin.close();
    const reader = await waitFor(child.stdout, /started/);
    await reader.cancel();
    const [{ code }, stderr] = await Promise.all([
      child.status,
      new Response(child.stderr).text(),
    ]);
    assert.equal(code, 0);
    assert.equal(stderr, "");
  });
});
