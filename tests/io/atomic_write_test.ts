import assert from "node:assert/strict";
import { join } from "node:path";
import { atomicWrite } from "../../io/atomic_write.ts";

/** Runs in a new folder and returns the names left in it. */
async function inFolder(
  run: (path: string) => Promise<void>,
): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    await run(join(folder, "out.txt"));
    return (await Array.fromAsync(Deno.readDir(folder))).map((e) => e.name);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("atomicWrite() writes text, bytes and pieces, over an older file", async () => {
  const names = await inFolder(async (path) => {
    await Deno.writeTextFile(path, "old and longer");
    await atomicWrite(path, "né");
    assert.equal(await Deno.readTextFile(path), "né");
    await atomicWrite(path, Uint8Array.of(1, 2));
    assert.deepEqual(await Deno.readFile(path), Uint8Array.of(1, 2));
    await atomicWrite(
      path,
      async function* () {
        yield "a";
        yield await Promise.resolve(Uint8Array.of(0x62));
      }(),
    );
    assert.equal(await Deno.readTextFile(path), "ab");
  });
  assert.deepEqual(names, ["out.txt"]);
});

Deno.test("atomicWrite() keeps the old file and no other when the content fails", async () => {
  const names = await inFolder(async (path) => {
    await Deno.writeTextFile(path, "old");
    const failing = function* () {
      yield "new";
      throw new RangeError("Broken");
    };
    await assert.rejects(atomicWrite(path, failing()), /Broken/);
    assert.equal(await Deno.readTextFile(path), "old");
  });
  assert.deepEqual(names, ["out.txt"]);
});

Deno.test("atomicWrite() leaves nothing behind when aborted", async () => {
  const names = await inFolder(async (path) => {
    const controller = new AbortController();
    const aborting = function* () {
      yield "first";
      controller.abort(new Error("Stopped"));
      yield "second";
    };
    const { signal } = controller;
    await assert.rejects(atomicWrite(path, aborting(), { signal }), /Stopped/);
    await assert.rejects(atomicWrite(path, "x", { signal }), /Stopped/);
  });
  assert.deepEqual(names, []);
});

Deno.test("atomicWrite() shows no file before the last piece", async () => {
  await inFolder(async (path) => {
    await atomicWrite(
      path,
      async function* () {
        yield "half";
        await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
        yield " and half";
      }(),
    );
    assert.equal(await Deno.readTextFile(path), "half and half");
  });
});
