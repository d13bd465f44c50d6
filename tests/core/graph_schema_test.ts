import assert from "node:assert/strict";
import { graphSchema, type JsonSchema } from "../../core/graph_schema.ts";
import { testRegistry } from "./test_stages.ts";

const schema = graphSchema(testRegistry());
const node = (schema.properties as Record<string, JsonSchema>).nodes!
  .additionalProperties as JsonSchema;

/** What the schema says about nodes of one stage. */
function rules(stage: string): JsonSchema {
  const all = node.allOf as { if: JsonSchema; then: JsonSchema }[];
  const found = all.find((rule) =>
    JSON.stringify(rule.if).includes(`"const":"${stage}"`)
  );
  return found!.then.properties as JsonSchema;
}

Deno.test("graphSchema() describes the file, strictly", () => {
  assert.deepEqual(schema.required, ["version", "nodes", "outputs"]);
  assert.equal(schema.additionalProperties, false);
  const { version } = schema.properties as Record<string, JsonSchema>;
  assert.equal(version!.const, 1);
  assert.deepEqual(node.required, ["stage"]);
});

Deno.test("graphSchema() offers the stages that it knows and lets others through", () => {
  const { stage } = node.properties as Record<string, JsonSchema>;
  const offers = stage!.anyOf as JsonSchema[];
  assert.deepEqual(offers.map((offer) => offer.const ?? offer.type), [
    "mark",
    "repeat",
    "search",
    "sentence",
    "words",
    "string",
  ]);
  assert.equal(offers[0]!.description, "Marks every word");
});

Deno.test("graphSchema() lists a stage's options with defaults and descriptions, parameters allowed", () => {
  const options = rules("repeat").with as JsonSchema;
  assert.equal(options.additionalProperties, false);
  const parameter = { $ref: "#/definitions/parameter" };
  assert.deepEqual(options.properties, {
    times: {
      description: "how often",
      default: 2,
      anyOf: [
        { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
        parameter,
      ],
    },
    glue: {
      description: "between two",
      default: "",
      anyOf: [{ type: "string", enum: ["", "-"] }, parameter],
    },
  });
  assert.deepEqual((rules("search").with as JsonSchema).required, ["path"]);
});

Deno.test("graphSchema() lists a stage's inputs, and lets the only one go without its name", () => {
  const inputs = rules("search").in as JsonSchema;
  assert.deepEqual(inputs.required, ["words", "in"]);
  assert.equal(inputs.additionalProperties, false);
  const ports = inputs.properties as Record<string, JsonSchema>;
  assert.equal(
    ports.words!.description,
    "words: stream of test/word, needs marked",
  );
  assert.equal(ports.in!.description, "in: one test/sentence");
  const only = rules("mark").in as JsonSchema;
  assert.equal((only.anyOf as unknown[]).length, 3);
  const optional = rules("sentence").in as JsonSchema;
  const byName = (optional.anyOf as JsonSchema[]).at(-1)!;
  assert.deepEqual(byName.required, ["words"]);
});

Deno.test("graphSchema() requires inputs and options where the stage does", () => {
  const all = node.allOf as { if: JsonSchema; then: JsonSchema }[];
  const required = all.map((rule) => rule.then.required ?? []);
  assert.deepEqual(required, [["in"], ["in"], ["in", "with"], ["in"], []]);
});
