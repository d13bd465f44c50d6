import assert from "node:assert/strict";
import { openByteSource } from "../../io/files/byte_source.ts";
import { FormatError } from "../../io/format_error.ts";
import { readGguf } from "../../io/gguf/gguf.ts";
import { openModel } from "../../io/open_model.ts";
import { readSafetensors } from "../../io/huggingface/safetensors.ts";
import { recording } from "./recording_source.ts";

const folder = new URL("../fixtures/broken/models", import.meta.url).pathname;
const expected: Record<string, string> = JSON.parse(
  await Deno.readTextFile(`${folder}/expected.json`),
);

for (const [name, message] of Object.entries(expected)) {
  Deno.test(`broken model ${name} gives its one line`, async () => {
    const path = `${folder}/${name}`;
    await assert.rejects(openModel(path), (error) => {
      assert.ok(error instanceof FormatError, String(error));
      assert.equal(error.message.replace(path, "PATH"), message);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  });
}

Deno.test("there are at least 12 broken models, each with its line", async () => {
  const names = (await Array.fromAsync(Deno.readDir(folder)))
    .map((entry) => entry.name)
    .filter((name) => !/^(make\.py|expected\.json)$/.test(name));
  assert.deepEqual(names.sort(), Object.keys(expected).sort());
  assert.ok(names.length >= 12);
});

Deno.test("readGguf() reads no more of a broken file than there is", async () => {
  for (const name of Object.keys(expected)) {
    if (!name.endsWith(".gguf")) continue;
    await using source = await openByteSource(`${folder}/${name}`);
    const { source: recorded, reads } = recording(source);
    await readGguf(recorded).catch((error) =>
      assert.ok(error instanceof FormatError)
    );
    assert.ok(
      reads.every(({ offset, length }) => offset + length <= source.size),
    );
    assert.ok(reads.length <= 1, "one piece holds the header of a small file");
  }
});

Deno.test("readSafetensors() reads only the header's length before it is checked", async () => {
  await using source = await openByteSource(
    `${folder}/header_longer_than_file/model.safetensors`,
  );
  const { source: recorded, reads } = recording(source);
  await assert.rejects(readSafetensors(recorded), FormatError);
  assert.deepEqual(reads, [{ offset: 0, length: 8 }]);
});
