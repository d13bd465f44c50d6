import assert from "node:assert/strict";
import { pythonStrings } from "../../../eval/suites/python_strings.ts";

Deno.test("pythonStrings() reads literals as Python does", () => {
  const text = `import x
other = {"a": "no"}
wanted = {
    "a": "one\\n\\"two\\" \\\\n",  # noqa: "comment"
    # "b": "left out",
    'c': 'it\\'s' + "!"
        "?",
    "d": "# no comment {x}"
}
`;
  assert.deepEqual(pythonStrings(text, "wanted", "p.py"), {
    a: 'one\n"two" \\n',
    c: "it's!?",
    d: "# no comment {x}",
  });
});

Deno.test("pythonStrings() says what it cannot read, and on which line", () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["x = {}", /^p\.py: 'wanted = \{' is missing$/],
    ["wanted = {\n  a: 'b'}", /^p\.py:2: a text in quotes or '}' expected$/],
    ["wanted = {'a' 'b'}", /^p\.py:1: ':' expected$/],
    ["wanted = {'a': f'b'}", /^p\.py:1: a text in quotes expected$/],
    ["wanted = {'a': 'b' + c}", /^p\.py:1: a text in quotes expected$/],
    ["wanted = {'a': 'b'\n\n", /^p\.py:3: ',' or '}' expected$/],
    ["wanted = {'a': '\\x41'}", /another escape than '\\x' expected$/],
    ["wanted = {", /a text in quotes or '}' expected$/],
  ];
  for (const [text, message] of wrong) {
    assert.throws(() => pythonStrings(text, "wanted", "p.py"), {
      name: "SyntaxError",
      message,
    });
  }
});
