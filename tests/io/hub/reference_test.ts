import assert from "node:assert/strict";
import { formatReference } from "../../../io/hub/reference.ts";
import { parseHubReference } from "../../../mod.ts";

Deno.test("parseHubReference() reads repository, revision and file", () => {
  const texts: [string, ...(string | undefined)[]][] = [
    ["a/b", "a/b", undefined, undefined],
    ["hf:a/b", "a/b", undefined, undefined],
    ["Qwen/Qwen2.5-0.5B_x", "Qwen/Qwen2.5-0.5B_x", undefined, undefined],
    ["a/b@refs/pr/1", "a/b", "refs/pr/1", undefined],
    ["a/b:Q4_K_M", "a/b", undefined, "Q4_K_M"],
    ["a/b@v1.0:sub dir/x.gguf", "a/b", "v1.0", "sub dir/x.gguf"],
  ];
  for (const [text, repository, revision, file] of texts) {
    const reference = parseHubReference(text);
    assert.equal(reference.repository, repository);
    assert.equal(reference.revision, revision);
    assert.equal(reference.file, file);
    assert.equal(formatReference(reference), text.replace("hf:", ""));
  }
});

Deno.test("parseHubReference() refuses what is no repository or leads elsewhere", () => {
  const texts = [
    "",
    "gpt2",
    "a/b/c",
    "../b",
    "a/..",
    "a/.b",
    "-a/b",
    "a/b@",
    "a/b:",
    "a/b@../x",
    "a/b@x?y",
    "a/b@/x",
    "a/b:../x.gguf",
    "a/b@v1@v2",
    "https://huggingface.co/a/b",
    "a /b",
  ];
  for (const text of texts) {
    assert.throws(() => parseHubReference(text), SyntaxError, text);
  }
});
