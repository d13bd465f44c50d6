import assert from "node:assert/strict";
import { requireSpace } from "../../../io/hub/free_space.ts";
import { HubError } from "../../../io/hub/hub_error.ts";

/** Of 100 blocks 40 are free, of which 10 are the owner's alone. */
const disk = {
  type: 0,
  bsize: 4096,
  blocks: 100,
  bfree: 40,
  bavail: 30,
  files: 0,
  ffree: 0,
};

Deno.test("requireSpace() counts the blocks that this process may fill, and no others", async () => {
  const said = () => Promise.resolve(disk);
  await requireSpace("cache", 30 * 4096, said);
  const refused = { name: "HubError", message: /'cache' has 0\.0 GiB left/ };
  await assert.rejects(requireSpace("cache", 30 * 4096 + 1, said), refused);
});

Deno.test("requireSpace() says nothing where the system does not tell", async () => {
  const silent = () => Promise.reject(new Error("no statfs here"));
  await requireSpace("cache", 2 ** 60, silent);
});

Deno.test("requireSpace() asks the system about the folder", async () => {
  await requireSpace(Deno.cwd(), 0);
  const error = await requireSpace(Deno.cwd(), 2 ** 70).catch((e) => e);
  assert(error instanceof HubError);
  assert.equal(error.kind, "disk-full");
});
