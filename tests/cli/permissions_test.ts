import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));

Deno.test("a missing permission is named with its reason, and nobody is asked", async () => {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", main, "doctor"],
  });
  const { code, stderr } = await command.output();
  assert.equal(code, 2);
  assert.match(
    new TextDecoder().decode(stderr),
    /^error: Permission missing: --allow-env \(.*\), --allow-ffi \(ONNX Runtime is a native library\), --allow-sys \(.*\); run with: deno run .* cli\/main.ts, or deno task parallelcomp\n$/,
  );
});

Deno.test("a document outside the readable folders is refused by its flag", async () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const outside = await Deno.makeTempFile();
  try {
    const command = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        `--allow-read=${root}`,
        "--allow-env",
        "--allow-ffi",
        "--allow-sys",
        main,
        "ask",
        outside,
        "q",
      ],
    });
    const { code, stderr } = await command.output();
    assert.equal(code, 2);
    assert.equal(
      new TextDecoder().decode(stderr),
      `error: Permission missing: --allow-read=${outside}\n`,
    );
  } finally {
    await Deno.remove(outside);
  }
});
