import assert from "node:assert/strict";
import { firstValueFrom, lastValueFrom, of } from "rxjs";
import { join } from "node:path";
import {
  type Answer,
  sinkJsonl,
  sinkText,
  sourceFile,
  sourceInline,
  sourceInput,
} from "../../stages/mod.ts";
import { runStage } from "./fake_case.ts";
import { testContext } from "./stage_context.ts";

const answer: Answer = {
  answer: "Ahab",
  finish: "stop",
  tokens: 4,
  kept: [{
    chunk: 1,
    byteStart: 0,
    byteEnd: 9,
    line: 1,
    score: 0.5,
    entries: 3,
    entriesBefore: 9,
  }],
  contextTokens: 3,
  chunks: 2,
  provider: "fake",
};

Deno.test("source.file reads a file and warns about bytes that are no UTF-8", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "text.txt");
  await Deno.writeFile(
    path,
    Uint8Array.of(
      ...new TextEncoder().encode("Call me Ishmael, said he "),
      0xff,
    ),
  );
  const ctx = testContext();
  const text = await lastValueFrom(
    runStage(sourceFile, {}, { path }, ctx).text,
  );
  assert.deepEqual(text, {
    name: path,
    text: "Call me Ishmael, said he \ufffd",
  });
  assert.equal(ctx.events.filter((e) => e.type === "warning").length, 1);
  await assert.rejects(
    lastValueFrom(
      runStage(sourceFile, {}, { path: join(folder, "none") }, ctx).text,
    ),
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("source.inline gives the text of the graph file", async () => {
  const text = await lastValueFrom(
    runStage(sourceInline, {}, { text: "hi" }, testContext()).text,
  );
  assert.deepEqual(text, { name: "inline", text: "hi" });
});

Deno.test("source.input gives what the caller feeds in, and says how when it is missing", async () => {
  const given = async (value: unknown) =>
    await firstValueFrom(
      runStage(
        sourceInput,
        {},
        { name: "document" },
        testContext({ inputs: { document: value } }),
      ).text,
    );
  assert.deepEqual(await given("text"), { name: "document", text: "text" });
  assert.deepEqual(await given({ name: "a.txt", text: "text" }), {
    name: "a.txt",
    text: "text",
  });
  await assert.rejects(given(7), {
    name: "TypeError",
    message: /must be a string or \{ name, text \}, got number/,
  });
  assert.throws(
    () =>
      runStage(
        sourceInput,
        {},
        { name: "question" },
        testContext({ inputs: { document: "x" } }),
      ),
    {
      name: "RangeError",
      message:
        "Input 'question' is not given; pass inputs: { question: of(\"…\") } to the run (given: document)",
    },
  );
});

Deno.test("sink.text and sink.jsonl write whole files, then pass the answer on", async () => {
  const folder = await Deno.makeTempDir();
  const text = join(folder, "answer.txt");
  const line = join(folder, "answer.jsonl");
  const ctx = testContext();
  assert.equal(
    await lastValueFrom(
      runStage(sinkText, { answer: of(answer) }, { path: text }, ctx).answer,
    ),
    answer,
  );
  await lastValueFrom(
    runStage(sinkJsonl, { answer: of(answer) }, { path: line }, ctx).answer,
  );
  assert.equal(await Deno.readTextFile(text), "Ahab\n");
  const written = await Deno.readTextFile(line);
  assert.equal(written.split("\n").length, 2);
  assert.deepEqual(JSON.parse(written), { type: "answer", ...answer });
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
  assert.deepEqual(
    names,
    ["answer.jsonl", "answer.txt"],
    "nothing else is left behind",
  );
  await Deno.remove(folder, { recursive: true });
});
