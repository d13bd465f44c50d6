import assert from "node:assert/strict";
import { fillPrompt } from "../../../eval/suites/prompt_template.ts";

Deno.test("fillPrompt() cuts at the document and fills names on both sides", () => {
  assert.deepEqual(
    fillPrompt("{a} {{x}}\n{context} {a}{b}.", { a: "{b}", b: "$&" }, "p"),
    { lead: "{b} {x}\n", question: " {b}$&." },
  );
  assert.deepEqual(fillPrompt("{context}", {}, "p"), {
    lead: "",
    question: "",
  });
});

Deno.test("fillPrompt() refuses what Python's format would, and names the place", () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    [
      "{context}{c}",
      /^p: it names '\{c\}', and there is only \{context\}, \{a\}$/,
    ],
    ["{context}{context}", /^p: '\{context\}' is there twice$/],
    ["{a}", /^p: '\{context\}' is missing$/],
    ["{context} }", /^p: a brace without its other one$/],
    ["{context} {a.b}", /^p: a brace without its other one$/],
  ];
  for (const [template, message] of wrong) {
    assert.throws(() => fillPrompt(template, { a: "x" }, "p"), {
      name: "SyntaxError",
      message,
    });
  }
});
