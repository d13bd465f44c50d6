import assert from "node:assert/strict";
import { SpillFile } from "../../io/spill_file.ts";

Deno.test("SpillFile.read() gives what was written, also to and from shared memory", async () => {
  using file = await SpillFile.open();
  const shared = new Uint8Array(new SharedArrayBuffer(3));
  shared.set([7, 8, 9]);
  const first = await file.write([Uint8Array.of(1, 2), shared]);
  const second = await file.write([Uint8Array.of(5)]);
  assert.deepEqual([first, second], [
    { offset: 0, length: 5 },
    { offset: 5, length: 1 },
  ]);
  assert.equal(file.size, 6);
  const target = new Uint8Array(new SharedArrayBuffer(5));
  await file.read(first, [target]);
  assert.deepEqual([...target], [1, 2, 7, 8, 9]);
  const pieces = [new Uint8Array(4), new Uint8Array(1)];
  await Promise.all([
    file.read(first, pieces),
    file.read(second, [target.subarray(0, 1)]),
  ]);
  assert.deepEqual([...pieces[0]!, ...pieces[1]!], [1, 2, 7, 8, 9]);
  assert.equal(target[0], 5);
});

Deno.test("SpillFile.read() beyond the end is an error", async () => {
  using file = await SpillFile.open();
  const written = await file.write([Uint8Array.of(1)]);
  await assert.rejects(
    file.read(written, [new Uint8Array(2)]),
    new RangeError("The spill file is too short"),
  );
});

Deno.test({
  name: "SpillFile.open() leaves no name in the folder",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    const before = Deno.env.get("TMPDIR");
    Deno.env.set("TMPDIR", folder);
    try {
      using file = await SpillFile.open();
      await file.write([Uint8Array.of(1)]);
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    } finally {
      if (before === undefined) Deno.env.delete("TMPDIR");
      else Deno.env.set("TMPDIR", before);
      await Deno.remove(folder);
    }
  },
});
