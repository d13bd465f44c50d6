import assert from "node:assert/strict";
import { chooseGguf, ggufPaths } from "../../../io/hub/gguf_choice.ts";

const wanted = (file?: string) => ({
  repository: "a/b",
  ...(file !== undefined && { file }),
});

Deno.test("chooseGguf() finds a file by path, name or quantisation", () => {
  const paths = ["x-Q4_K_M.gguf", "x-UD-Q4_K_XL.gguf", "sub/x.BF16.gguf"];
  const choices = {
    "x-Q4_K_M.gguf": paths[0],
    "q4_k_m": paths[0],
    "UD-Q4_K_XL": paths[1],
    "x.BF16": paths[2],
    "x.BF16.gguf": paths[2],
    "sub/x.BF16.gguf": paths[2],
    "bf16": paths[2],
  };
  for (const [choice, path] of Object.entries(choices)) {
    assert.equal(chooseGguf(paths, wanted(choice)), path);
  }
  assert.equal(chooseGguf(["only.gguf"], wanted()), "only.gguf");
});

Deno.test("chooseGguf() lists what there is where the choice is none or unclear", () => {
  const paths = ["x-Q4_0.gguf", "y-Q4_0.gguf", "x-Q8_0.gguf"];
  assert.throws(
    () => chooseGguf(paths, wanted("Q4_0")),
    /'Q4_0' means 2 files of 'a\/b'; name one by its path: x-Q4_0\.gguf, y-Q4_0\.gguf$/,
  );
  assert.throws(
    () => chooseGguf(paths, wanted("Q4_1")),
    /'a\/b' has no GGUF file 'Q4_1'; it has: Q8_0, x-Q4_0\.gguf, y-Q4_0\.gguf$/,
  );
});

Deno.test("chooseGguf() refuses a model in pieces", () => {
  const paths = [
    "x-Q8_0-00001-of-00002.gguf",
    "x-Q8_0-00002-of-00002.gguf",
    "x-Q4_0.gguf",
  ];
  assert.throws(
    () => chooseGguf(paths, wanted("Q8_0")),
    /'a\/b:Q8_0' is cut in 2 pieces, which cannot be opened; in one piece: Q4_0$/,
  );
});

Deno.test("ggufPaths() leaves projectors and importance matrices out", () => {
  const paths = ["a.gguf", "mmproj-a-f16.gguf", "a.imatrix.gguf", "a.bin"];
  assert.deepEqual(ggufPaths(paths), ["a.gguf"]);
});
