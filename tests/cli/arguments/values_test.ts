import assert from "node:assert/strict";
import { InvalidArgumentError } from "commander";
import { parseByteSize } from "../../../cli/arguments/byte_size.ts";
import { collectParameter } from "../../../cli/arguments/parameter_value.ts";

Deno.test("parseByteSize() reads units as powers of 1024", () => {
  const sizes = {
    "1000": 1000,
    "4GB": 4 * 2 ** 30,
    "4g": 4 * 2 ** 30,
    "1.5 GiB": 1.5 * 2 ** 30,
    "512m": 512 * 2 ** 20,
    "1KB": 1024,
  };
  for (const [text, bytes] of Object.entries(sizes)) {
    assert.equal(parseByteSize(text), bytes, text);
  }
  for (const text of ["", "0", "-1", "4 apples", "GB", "1e9"]) {
    assert.throws(() => parseByteSize(text), InvalidArgumentError, text);
  }
});

Deno.test("collectParameter() reads values as YAML and collects them", () => {
  const values = [
    "window=2048",
    "prompt=raw",
    "stop=[a, b]",
    "text=a=b",
    "empty=",
    "on=true",
  ].reduce((all, text) => collectParameter(text, all), {});
  assert.deepEqual(values, {
    window: 2048,
    prompt: "raw",
    stop: ["a", "b"],
    text: "a=b",
    empty: "",
    on: true,
  });
  for (const text of ["window", "=3", "a b=3", "a=[1", 'a="x']) {
    assert.throws(() => collectParameter(text, {}), InvalidArgumentError, text);
  }
});
