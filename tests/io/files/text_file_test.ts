import assert from "node:assert/strict";
import fc from "fast-check";
import { invalidUtf8 } from "../../../io/files/invalid_utf8.ts";
import { decodeText, readText } from "../../../io/files/text_file.ts";
import { anyText } from "../any_text.ts";

const encoder = new TextEncoder();
const bytes = (...values: number[]) => Uint8Array.from(values);

Deno.test("decodeText() strips the byte order mark of UTF-8", () => {
  assert.deepEqual(decodeText(encoder.encode("\ufeffé\n"), "t"), {
    text: "é\n",
    warnings: [],
  });
});

Deno.test("decodeText() reads UTF-16 of both orders by its mark", () => {
  assert.equal(
    decodeText(bytes(0xff, 0xfe, 0xe9, 0, 0x3d, 0xd8, 0, 0xde), "t").text,
    "é😀",
  );
  assert.equal(
    decodeText(bytes(0xfe, 0xff, 0, 0xe9, 0xd8, 0x3d, 0xde, 0), "t").text,
    "é😀",
  );
});

Deno.test("decodeText() replaces invalid bytes and says where", () => {
  const text = encoder.encode("caf? is a word, na?ve is another");
  text[3] = 0xe9;
  text[18] = 0xef;
  assert.deepEqual(decodeText(text, "latin.txt"), {
    text: "caf\ufffd is a word, na\ufffdve is another",
    warnings: [
      '"latin.txt" is not valid UTF-8: 2 invalid sequences, the first at byte 3, became U+FFFD',
    ],
  });
});

Deno.test("decodeText() does not warn about a U+FFFD that is in the file", () => {
  assert.deepEqual(decodeText(encoder.encode("\ufffd"), "t").warnings, []);
});

Deno.test("decodeText() names the likely kind of a binary file", () => {
  const cases: [number[], string][] = [
    [
      [...encoder.encode("%PDF-1.7\n")],
      "a PDF document; convert it, for instance with pdftotext",
    ],
    [
      [0x50, 0x4b, 3, 4, 20, 0],
      "a ZIP archive or an office document (docx, xlsx, odt, epub); save it as plain text or unpack it",
    ],
    [[0x1f, 0x8b, 8, 0], "a gzip archive; unpack it and name the text inside"],
    [
      [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0],
      "a PNG image; an image holds no text; name a text file",
    ],
    [
      [0xff, 0xd8, 0xff, 0xe0, 0],
      "a JPEG image; an image holds no text; name a text file",
    ],
    [
      [...encoder.encode("GGUF"), 3, 0, 0, 0],
      "a GGUF model; name it with --model and a text file here",
    ],
  ];
  for (const [start, what] of cases) {
    assert.throws(() => decodeText(Uint8Array.from(start), "x"), {
      name: "FormatError",
      message: `Cannot read "x": it is ${what}`,
    });
  }
});

Deno.test("decodeText() reads a text that begins like a binary file", () => {
  assert.equal(
    decodeText(encoder.encode("GGUF is a format"), "t").text,
    "GGUF is a format",
  );
  assert.equal(
    decodeText(encoder.encode("GIF89a or PNG?"), "t").text,
    "GIF89a or PNG?",
  );
});

Deno.test("decodeText() refuses NUL bytes and files that are mostly not UTF-8", () => {
  assert.throws(() => decodeText(bytes(0x61, 0, 0x62, 0), "x"), {
    message:
      'Cannot read "x": it holds NUL bytes, so it is binary or UTF-16 without byte order mark; convert it to UTF-8 text (at byte 1)',
  });
  // Russian in Windows-1251.
  assert.throws(
    () => decodeText(bytes(0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2), "x"),
    {
      message:
        'Cannot read "x": most of it is not UTF-8; convert it, for instance with iconv -f WINDOWS-1251 -t UTF-8 (at byte 0)',
    },
  );
});

Deno.test("invalidUtf8() counts as the platform's decoder replaces", () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    anyText(3).map((s) => encoder.encode(s)),
    fc.constantFrom(
      bytes(0xed, 0xa0, 0x80),
      bytes(0xf4, 0x90, 0x80, 0x80),
      bytes(0xc0, 0xaf),
      bytes(0xf0, 0x9f, 0x98),
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const all = Uint8Array.from(pieces.flatMap((p) => [...p]));
      const decode = (b: Uint8Array) =>
        new TextDecoder("utf-8", { ignoreBOM: true }).decode(b);
      const replaced = decode(all).split("\ufffd").length - 1;
      const { count, first } = invalidUtf8(all);
      // A U+FFFD in the input itself is no replacement.
      const own = all.toHex().split("efbfbd").length - 1;
      assert.ok(count <= replaced && count >= replaced - own);
      if (count > 0) {
        assert.ok(
          !decode(all.subarray(0, first)).includes("\ufffd") || own > 0,
        );
      }
    }),
    { numRuns: 2000, seed: 1 },
  );
});

Deno.test("readText() says in one line why a file cannot be read", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const cases = {
      [`${folder}/none.txt`]: "no such file; check the path",
      [folder]: "it is a folder; name a file",
    };
    for (const [path, why] of Object.entries(cases)) {
      await assert.rejects(readText(path), {
        name: "FormatError",
        message: `Cannot read "${path}": ${why}`,
      });
    }
    await Deno.writeTextFile(`${folder}/a.txt`, "");
    assert.deepEqual(await readText(`${folder}/a.txt`), {
      text: "",
      warnings: [],
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readText() reads a named pipe", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const pipe = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const writer = new Deno.Command("sh", {
      args: ["-c", `printf 'from a pipe' > "${pipe}"`],
    }).spawn();
    assert.equal((await readText(pipe)).text, "from a pipe");
    await writer.status;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readText() reads standard input for -", async () => {
  const module =
    new URL("../../../io/files/text_file.ts", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { readText } from "${module}"; console.log(JSON.stringify(await readText("-")))`,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(encoder.encode("from\ufeff stdin 🎉"));
  await writer.close();
  const { stdout } = await child.output();
  assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), {
    text: "from\ufeff stdin 🎉",
    warnings: [],
  });
});
