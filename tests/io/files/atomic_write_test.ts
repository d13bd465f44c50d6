import assert from "node:assert/strict";
import { join } from "node:path";
import { atomicWrite } from "../../../io/files/atomic_write.ts";

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

Deno.test({
  name: "atomicWrite() keeps the permissions of the file that it replaces",
  ignore: Deno.build.os === "windows",
  async fn() {
    await inFolder(async (path) => {
      for (const mode of [0o600, 0o666, 0o755]) {
        await Deno.writeTextFile(path, "old");
        await Deno.chmod(path, mode);
        await atomicWrite(path, "new");
        assert.equal((await Deno.stat(path)).mode! & 0o777, mode);
      }
    });
  },
});

Deno.test({
  name: "atomicWrite() writes the file that a link names, there or not yet",
  ignore: Deno.build.os === "windows",
  async fn() {
    const names = await inFolder(async (path) => {
      const folder = join(path, "..", "elsewhere");
      await Deno.mkdir(folder);
      await Deno.symlink("second.txt", join(folder, "link"));
      await Deno.symlink(join("elsewhere", "link"), path);
      for (const text of ["new", "newer"]) {
        await atomicWrite(path, text);
        assert((await Deno.lstat(path)).isSymlink);
        const target = join(folder, "second.txt");
        assert.equal(await Deno.readTextFile(target), text);
        const left = [...Deno.readDirSync(folder)].map((entry) => entry.name);
        assert.deepEqual(left.sort(), ["link", "second.txt"]);
      }
      const circle = join(folder, "circle");
      await Deno.symlink("circle", circle);
      await assert.rejects(atomicWrite(circle, "x"));
    });
    assert.deepEqual(names.sort(), ["elsewhere", "out.txt"]);
  },
});

Deno.test({
  name: "atomicWrite() writes to a pipe or a device directly",
  ignore: Deno.build.os === "windows",
  async fn() {
    const names = await inFolder(async (path) => {
      await new Deno.Command("mkfifo", { args: [path] }).output();
      const [text] = await Promise.all([
        Deno.readTextFile(path),
        atomicWrite(path, ["one, ", "two"]),
      ]);
      assert.equal(text, "one, two");
      assert((await Deno.stat(path)).isFifo);
      await atomicWrite("/dev/null", "nowhere");
      assert.equal((await Deno.stat("/dev/null")).isFile, false);
    });
    assert.deepEqual(names, ["out.txt"]);
  },
});

Deno.test("atomicWrite() refuses a folder", async () => {
  await inFolder(async (path) => {
    await Deno.mkdir(path);
    await assert.rejects(atomicWrite(path, "x"), /It is a folder/);
  });
});
