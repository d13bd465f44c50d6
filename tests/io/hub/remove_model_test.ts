import assert from "node:assert/strict";
import { lockCache } from "../../../io/hub/cache_lock.ts";
import { removeModel } from "../../../io/hub/remove_model.ts";
import { hubTiming } from "../../../io/hub/timing.ts";
import { parseHubReference } from "../../../mod.ts";
import { noise, PullSetting } from "./pull_setting.ts";
import { walkFiles } from "./walk_files.ts";

function remove({ cache }: PullSetting, reference: string): Promise<void> {
  return removeModel(parseHubReference(reference), `${cache}/hub`);
}

/** Paths of all files in the cache but locks. */
async function left({ cache }: PullSetting): Promise<string[]> {
  const paths = (await Array.fromAsync(walkFiles(`${cache}/hub`)))
    .map(([path]) => path);
  return paths.filter((path) => !path.endsWith("/lock"));
}

Deno.test("removeModel() removes what is there, cut pulls too, and says what is not", async () => {
  await using setting = await PullSetting.make({ "x.gguf": noise(100) });
  setting.hub.fault = (answer, { storage }) =>
    storage ? { ...answer, cutAfter: 50 } : answer;
  await assert.rejects(setting.pull(undefined, {
    timing: { ...setting.timing, attempts: 1 },
  }));
  assert.deepEqual(setting.listed(), ["hf:owner/model?"]);
  const cache = `${setting.cache}/hub`;
  await removeModel(parseHubReference("owner/model"), cache);
  assert.deepEqual(setting.listed(), []);
  await assert.rejects(
    removeModel(parseHubReference("owner/model"), cache),
    /'hf:owner\/model' is not in the cache$/,
  );
  await assert.rejects(
    removeModel(parseHubReference("owner/model:x.gguf"), cache),
    /names a file, and all of a model is removed/,
  );
});

Deno.test("removeModel() removes one commit, by its own name or that of a branch, and leaves the others", async () => {
  await using setting = await PullSetting.make({ "x.gguf": noise(100, 1) });
  const { hub } = setting;
  const first = hub.head;
  await setting.pull(`owner/model@${first}`);
  // Pulled by its commit alone: no branch was ever named.
  await remove(setting, `owner/model@${first}`);
  assert.deepEqual(await left(setting), []);

  await setting.pull(`owner/model@${first}`);
  hub.commit({ "x.gguf": noise(100, 2) });
  await setting.pull();
  assert.deepEqual(setting.listed(), [
    "hf:owner/model:x.gguf",
    `hf:owner/model@${first}:x.gguf`,
  ]);
  await remove(setting, "owner/model@main");
  assert.deepEqual(setting.listed(), [`hf:owner/model@${first}:x.gguf`]);
  assert.equal(await setting.checkCache(), 1);
  await assert.rejects(remove(setting, "owner/model@main"), {
    message: "'hf:owner/model@main' is not in the cache",
  });
});

Deno.test("removeModel() ends a removal that was cut behind the record", async () => {
  await using setting = await PullSetting.make({ "x.gguf": noise(100) });
  const { commit } = await setting.pull();
  const snapshots = `${setting.cache}/hub/owner/model/snapshots`;
  await Deno.remove(`${snapshots}/${commit}.json`);
  await remove(setting, `owner/model@${commit}`);
  assert.deepEqual(await left(setting), []);
});

Deno.test("removeModel() says that it waits for a pull", async () => {
  await using setting = await PullSetting.make({ "x.gguf": noise(100) });
  await setting.pull();
  const cache = `${setting.cache}/hub`;
  const lock = await lockCache(`${cache}/owner/model/lock`, {
    timing: hubTiming,
  });
  const waited: string[] = [];
  await removeModel(parseHubReference("owner/model"), cache, (holder) => {
    waited.push(holder);
    lock[Symbol.dispose]();
  });
  assert.deepEqual(waited, [`${Deno.pid}`]);
  assert.deepEqual(setting.listed(), []);
});

Deno.test("listCache() passes over what a killed pull left beside the branches", async () => {
  await using setting = await PullSetting.make({ "x.gguf": noise(100) });
  const { commit } = await setting.pull();
  const refs = `${setting.cache}/hub/owner/model/refs`;
  await Deno.writeTextFile(`${refs}/.main.0815.tmp`, commit);
  assert.deepEqual(setting.listed(), ["hf:owner/model:x.gguf"]);
});
