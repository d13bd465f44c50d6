import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { moduleHash } from "../../../cli/experiment/module_hash.ts";
import { withFolder, writeFile } from "../documents.ts";

Deno.test("moduleHash() changes with every file that the module imports", async () => {
  await withFolder(async (folder) => {
    const write = (name: string, text: string) => writeFile(folder, name, text);
    await write(
      "rule.ts",
      `import { sign } from "./sign.ts";\nexport { sign };\n// from './lost.ts'`,
    );
    await write(
      "sign.ts",
      `export const sign = (await import('./one.ts')).one`,
    );
    await write("one.ts", `import "./rule.ts"; export const one = 1;`);
    await write("other.ts", "export {}");
    const graph = pathToFileURL(`${folder}/graph.yaml`);
    const hash = () => moduleHash("./rule.ts", graph);
    const before = await hash();
    await write("other.ts", "export const other = 1;");
    assert.equal(await hash(), before);
    await write("one.ts", `import "./rule.ts"; export const one = 2;`);
    assert.notEqual(await hash(), before);
  });
});

Deno.test("moduleHash() of a name from the import map is the name", async () => {
  const graph = new URL("file:///graph.yaml");
  assert.equal(await moduleHash("rules", graph), "rules");
});
