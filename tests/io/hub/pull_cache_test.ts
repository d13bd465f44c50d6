import assert from "node:assert/strict";
import { removeModel } from "../../../io/hub/remove_model.ts";
import { HubError, parseHubReference } from "../../../mod.ts";
import { noise, PullSetting } from "./pull_setting.ts";

const json = (value: unknown) =>
  new TextEncoder().encode(JSON.stringify(value));
const shards = {
  "README.md": noise(10),
  "config.json": json({ a: 1 }),
  "tokenizer.json": json({ b: 2 }),
  "tokenizer_config.json": json({ c: 3 }),
  "chat_template.jinja": new TextEncoder().encode("{{ x }}"),
  "model.safetensors.index.json": json({
    weight_map: {
      a: "model-00001-of-00002.safetensors",
      b: "model-00002-of-00002.safetensors",
      c: "model-00001-of-00002.safetensors",
    },
  }),
  "model-00001-of-00002.safetensors": noise(500, 1),
  "model-00002-of-00002.safetensors": noise(600, 2),
  "consolidated.safetensors": noise(1100),
  "pytorch_model.bin": noise(1100),
  "onnx/model.onnx": noise(1100),
};

/** Names of the files that were asked for. */
function fetched({ hub }: PullSetting): string[] {
  return hub.fileRequests.filter(({ storage }) => !storage)
    .map(({ path }) => path.split("/").slice(5).join("/")).sort();
}

Deno.test("pullModel() fetches a folder's needed files, its shards by their index", async () => {
  await using setting = await PullSetting.make(shards);
  const plans: unknown[] = [];
  const { name, path, commit } = await setting.pull("owner/model", {
    onEvent: (event) => {
      if (event.type === "plan") plans.push([event.files.length, event.bytes]);
    },
  });
  assert.equal(name, "hf:owner/model");
  assert.equal(path, `${setting.cache}/hub/owner/model/snapshots/${commit}`);
  assert.deepEqual(fetched(setting), [
    "chat_template.jinja",
    "config.json",
    "model-00001-of-00002.safetensors",
    "model-00002-of-00002.safetensors",
    "model.safetensors.index.json",
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
  const small = [
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
  ] as const;
  const bytes = 1100 + shards["chat_template.jinja"].length +
    small.reduce((sum, file) => sum + shards[file].length, 0);
  assert.deepEqual(plans, [[7, bytes]]); // the index is there when the rest is known
  assert.equal(await setting.checkCache(), 7);
});

Deno.test("pullModel() fetches nothing that is there, and offline asks nobody", async () => {
  await using setting = await PullSetting.make(shards);
  const first = await setting.pull();
  setting.hub.requests.length = 0;
  assert.deepEqual(await setting.pull(), first);
  assert.deepEqual(fetched(setting), []);
  setting.hub.requests.length = 0;
  assert.deepEqual(await setting.pull(undefined, { offline: true }), first);
  assert.equal(setting.hub.requests.length, 0);
});

Deno.test("pullModel() does not offer a model of which files are missing", async () => {
  await using setting = await PullSetting.make(shards);
  setting.hub.fault = (answer, { path }) =>
    path.includes("00002-of")
      ? { ...answer, status: 500, headers: {} }
      : answer;
  await assert.rejects(setting.pull(), HubError);
  assert.equal(await setting.checkCache(), 6, "whole files stay");
  await assert.rejects(
    setting.pull(undefined, { offline: true }),
    /'hf:owner\/model' is not in the cache; fetch it with: deno task pull owner\/model$/,
  );
  await assert.rejects(
    setting.pull(`owner/model@${setting.hub.head}`, { offline: true }),
    /is not in the cache; fetch it with/,
  );
});

Deno.test("pullModel() checks small files by git's hash, and fetches again what was cut by hand", async () => {
  await using setting = await PullSetting.make(shards);
  const { hub } = setting;
  hub.fault = (answer, { path }) =>
    path.endsWith("/tokenizer.json")
      ? { ...answer, body: answer.body.with(1, 0) }
      : answer;
  await assert.rejects(
    setting.pull(),
    /'tokenizer.json' is damaged: its git SHA-1 is [0-9a-f]{12}… and the hub lists/,
  );
  assert.equal(await setting.checkCache(), 2, "index and configuration");
  hub.fault = (answer) => answer;
  const { path } = await setting.pull();
  await Deno.truncate(`${path}/model-00001-of-00002.safetensors`, 100);
  hub.requests.length = 0;
  await setting.pull();
  assert.deepEqual(fetched(setting), ["model-00001-of-00002.safetensors"]);
  assert.equal(await setting.checkCache(), 7);
});

Deno.test("pullModel() of a new commit fetches what changed; the old one stays", async () => {
  await using setting = await PullSetting.make(shards);
  const old = await setting.pull();
  setting.hub.commit({ ...shards, "config.json": json({ a: 2 }) });
  setting.hub.requests.length = 0;
  const { commit } = await setting.pull();
  assert.notEqual(commit, old.commit);
  assert.deepEqual(fetched(setting), ["config.json"]);
  assert.equal(await setting.checkCache(), 14);
  const again = await setting.pull(`owner/model@${old.commit}`, {
    offline: true,
  });
  assert.equal(again.path, old.path);
  assert.deepEqual(setting.listed(), [
    "hf:owner/model",
    `hf:owner/model@${old.commit}`,
  ]);
  await removeModel(
    parseHubReference(`owner/model@${old.commit}`),
    `${setting.cache}/hub`,
  );
  assert.deepEqual(setting.listed(), ["hf:owner/model"]);
  assert.equal(await setting.checkCache(), 7);
});

Deno.test("pullModel() of a new commit does not take over what was cut by hand in the old one", async () => {
  await using setting = await PullSetting.make({ "x.gguf": noise(100) });
  const { path } = await setting.pull();
  await Deno.truncate(path, 50);
  setting.hub.commit({ "x.gguf": noise(100), "README.md": noise(10) });
  const { path: now } = await setting.pull();
  assert.deepEqual(await Deno.readFile(now), noise(100));
});

Deno.test("pullModel() fetches the one GGUF file that is chosen", async () => {
  const names = ["x-Q4_K_M.gguf", "x-Q8_0.gguf", "mmproj-F16.gguf"];
  await using setting = await PullSetting.make(
    Object.fromEntries(names.map((name, i) => [name, noise(100 + i, i)])),
  );
  await assert.rejects(
    setting.pull(),
    /'owner\/model' holds 2 GGUF files; name one, as in 'owner\/model:Q4_K_M': Q4_K_M, Q8_0$/,
  );
  const { path } = await setting.pull("owner/model:q8_0");
  assert.match(path, /x-Q8_0\.gguf$/);
  assert.deepEqual(fetched(setting), ["x-Q8_0.gguf"]);
  await assert.rejects(
    setting.pull("owner/model:Q4_K_M", { offline: true }),
    /fetch it with: deno task pull owner\/model:Q4_K_M$/,
  );
  await setting.pull("owner/model:x-Q4_K_M.gguf");
  assert.deepEqual(setting.listed(), [
    "hf:owner/model:Q4_K_M",
    "hf:owner/model:Q8_0",
  ]);
});

Deno.test("two pulls of one model take turns, and the second finds all", async () => {
  await using setting = await PullSetting.make(shards);
  const waited: string[] = [];
  const onEvent = ({ type }: { type: string }) => void waited.push(type);
  const [a, b] = await Promise.all([
    setting.pull(undefined, { onEvent }),
    setting.pull(undefined, { onEvent }),
  ]);
  assert.deepEqual(a, b);
  assert.equal(waited.filter((type) => type === "waiting").length, 1);
  assert.equal(fetched(setting).length, 7);
  assert.equal(await setting.checkCache(), 7);
});
