import assert from "node:assert/strict";
import fc from "fast-check";
import { FormatError } from "../../../io/format_error.ts";
import { openModel } from "../../../io/open_model.ts";
import { exportedGraphs } from "../../../kernels/exported/exported_graphs.ts";
import { exportedModel } from "../../exported_model.ts";

const edits = fc.array(
  fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })),
  { minLength: 1, maxLength: 4 },
);

Deno.test("exportedGraphs() of damaged bytes writes its graphs or says in one line why not", async () => {
  await using model = await exportedModel("genai_llama");
  const file = `${model.path}/model.onnx`;
  const whole = await Deno.readFile(file);
  const seen = { sound: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(edits, async (changes) => {
      const bytes = whole.slice();
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      await Deno.writeFile(file, bytes);
      try {
        await using opened = await openModel(model.path);
        const { graphs } = exportedGraphs(opened.exported!, opened.config);
        await graphs.prefill(true);
        await graphs.decode({ tempered: false, int8: false });
        seen.sound++;
      } catch (error) {
        assert(error instanceof FormatError, String(error));
        assert(!error.message.includes("\n"));
        seen.refused++;
      }
    }),
    { numRuns: 120, seed: 7 },
  );
  assert(seen.sound > 10 && seen.refused > 10, JSON.stringify(seen));
});
