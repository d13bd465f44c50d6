import assert from "node:assert/strict";
import { GraphError, loadGraph } from "../../mod.ts";
import { builtins } from "../../stages/builtins.ts";

const folder = new URL("../fixtures/broken/graphs/", import.meta.url);

/** What loading a file says. */
async function complaint(url: URL): Promise<string> {
  try {
    await loadGraph(url, { registry: builtins() });
  } catch (error) {
    if (error instanceof GraphError) return error.message;
    throw error;
  }
  return "";
}

for (const { name } of [...Deno.readDirSync(folder)]) {
  if (!name.endsWith(".yaml")) continue;
  Deno.test(`loadGraph() says what is wrong with ${name}`, async () => {
    const expected = new URL(name.replace(".yaml", ".txt"), folder);
    const said = await complaint(new URL(name, folder));
    assert.equal(`${said}\n`, await Deno.readTextFile(expected));
  });
}

Deno.test("12 broken graph files or more are kept", () => {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
  const graphs = files.filter((name) => name.endsWith(".yaml"));
  assert(graphs.length >= 12);
});
