import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { FormatError } from "../../../io/format_error.ts";
import { fileDigest } from "../../../io/files/file_digest.ts";
import { fileLines } from "../../../io/files/file_lines.ts";

async function withFile(
  bytes: Uint8Array<ArrayBuffer>,
  work: (path: string) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    await work(path);
  } finally {
    await Deno.remove(path);
  }
}

const encode = (text: string) => new TextEncoder().encode(text);
const linesOf = (path: string) => Array.fromAsync(fileLines(path));

Deno.test("fileLines() ends lines at line feeds alone, with or without one at the end", async () => {
  for (const text of ["", "\n", "a", "a\n", "a\u2028b\r\n\nc", "\n\nö\n"]) {
    const wanted = text.split("\n");
    if (wanted.at(-1) === "") wanted.pop();
    await withFile(encode(text), async (path) => {
      assert.deepEqual(
        await linesOf(path),
        wanted.map((text, i) => ({ text, line: i + 1 })),
      );
    });
  }
});

Deno.test("fileLines() joins lines and characters that pieces cut", async () => {
  // Pieces are of 1 MiB: a character of 3 bytes lies across every one of them.
  const long = "x" + "東".repeat(900_000);
  await withFile(encode(`${long}\nshort\n${long}`), async (path) => {
    const lines = await linesOf(path);
    assert.deepEqual(lines.map(({ text }) => text === long), [
      true,
      false,
      true,
    ]);
  });
});

Deno.test("fileLines() names the line that is not UTF-8", async () => {
  const bytes = Uint8Array.from([...encode("a\nb"), 0xff, ...encode("\nc")]);
  await withFile(bytes, async (path) => {
    await assert.rejects(linesOf(path), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, /line 2 is not UTF-8/);
      return true;
    });
  });
});

Deno.test("fileDigest() gives sha256 and git's name of the bytes", async () => {
  await withFile(encode("hello\n"), async (path) => {
    assert.deepEqual(await fileDigest(path), {
      sha256:
        "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
      gitBlob: "ce013625030ba8dba906f756967f9e9ca394464a",
    });
  });
  const large = new Uint8Array(9 * 1024 * 1024).fill(7);
  await withFile(large, async (path) => {
    const { sha256 } = await fileDigest(path);
    assert.equal(sha256, createHash("sha256").update(large).digest("hex"));
  });
});
