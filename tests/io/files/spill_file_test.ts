import assert from "node:assert/strict";
import { SpillFile } from "../../../io/files/spill_file.ts";

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

/** Runs code that has SpillFile in a process of its own: TMPDIR holds for all tests of a process. */
async function runWith(TMPDIR: string, code: string): Promise<string> {
  const file = new URL("../../../io/files/spill_file.ts", import.meta.url).href;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", `import { SpillFile } from "${file}";\n${code}`],
    env: { TMPDIR },
  }).output();
  const text = new TextDecoder();
  return text.decode(stdout) + text.decode(stderr);
}

Deno.test({
  name: "SpillFile.open() leaves no name in the folder",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const said = await runWith(
        folder,
        `using file = await SpillFile.open();
        await file.write([Uint8Array.of(1)]);
        console.log(file.size, [...Deno.readDirSync("${folder}")].length);`,
      );
      assert.equal(said, "1 0\n");
    } finally {
      await Deno.remove(folder);
    }
  },
});

Deno.test({
  name: "SpillFile.open() names TMPDIR when its folder is not there",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const said = await runWith(
        `${folder}/none`,
        `await SpillFile.open().catch((e) => console.log(e.name, e.message));`,
      );
      assert.match(
        said,
        /^NotFound No temporary file can be made: .*; TMPDIR names the folder\n$/,
      );
    } finally {
      await Deno.remove(folder);
    }
  },
});
