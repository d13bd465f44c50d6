import assert from "node:assert/strict";
import { HubError, pullModel } from "../../../mod.ts";
import type { FakeAnswer } from "./fake_hub.ts";
import { noise, PullSetting } from "./pull_setting.ts";

const gguf = { "model-Q4_K_M.gguf": noise(100) };

/** The error of a pull; nothing may be in the cache then. */
async function refusal(
  setting: PullSetting,
  reference?: string,
  token = "",
): Promise<HubError> {
  let caught: unknown;
  await setting.pull(reference, { token }).catch((error) => caught = error);
  assert.ok(caught instanceof HubError, `${caught}`);
  assert.ok(!caught.message.includes("\n"));
  assert.equal(await setting.checkCache(), 0);
  return caught;
}

/** Answers every request for a file, or every request, with a status. */
function always(
  status: number,
  code: string,
  only = "",
): PullSetting["hub"]["fault"] {
  return (answer: FakeAnswer, { path }) =>
    path.includes(only)
      ? { ...answer, status, headers: code ? { "x-error-code": code } : {} }
      : answer;
}

Deno.test("pullModel() says how to ask for access to a gated model", async () => {
  await using setting = await PullSetting.make(gguf);
  const { hub } = setting;
  hub.fault = always(401, "GatedRepo", "/resolve/");
  const { kind, message } = await refusal(setting);
  assert.equal(kind, "gated");
  assert.equal(
    message,
    `Model 'owner/model' is gated: ask for access at ${hub.endpoint}/owner/model, then give a token of that account in HF_TOKEN (${hub.endpoint}/settings/tokens)`,
  );
  hub.fault = always(403, "GatedRepo", "/resolve/");
  const withToken = await refusal(setting, undefined, "hf_secret");
  assert.equal(
    withToken.message,
    `Model 'owner/model' is gated and the token's account has no access to it (status 403): ask for it at ${hub.endpoint}/owner/model, or give another token in HF_TOKEN`,
  );
});

Deno.test("pullModel() sends the token to the hub and to nobody else", async () => {
  await using setting = await PullSetting.make(gguf);
  await setting.pull(undefined, { token: "hf_secret" });
  const { requests } = setting.hub;
  assert.equal(requests.filter(({ storage }) => storage).length, 1);
  for (const { storage, headers } of requests) {
    assert.equal(
      headers.get("authorization"),
      storage ? null : "Bearer hf_secret",
    );
  }
});

Deno.test("pullModel() says what it does not find, with names that exist", async () => {
  await using setting = await PullSetting.make(gguf);
  const missing = await refusal(setting, "owner/modle");
  assert.equal(missing.kind, "not-found");
  assert.equal(
    missing.message,
    "The hub knows no model 'owner/modle'; check the spelling, or give a token in HF_TOKEN if it is private",
  );
  assert.deepEqual(missing.known, ["owner/model"]);
  assert.equal(
    (await refusal(setting, "owner/model@v9")).message,
    "Model 'owner/model' has no revision 'v9'; name a branch, a tag or a commit",
  );
  assert.equal(
    (await refusal(setting, "owner/model:Q8_0")).message,
    "'owner/model' has no GGUF file 'Q8_0'; it has: Q4_K_M",
  );
  const folders = await Array.fromAsync(Deno.readDir(setting.cache));
  assert.deepEqual(folders.map(({ name }) => name), ["hub"]);
});

Deno.test("pullModel() tells a private model, a wrong token and a refusal apart", async () => {
  await using setting = await PullSetting.make(gguf);
  const { hub } = setting;
  hub.fault = always(401, "");
  assert.equal((await refusal(setting)).kind, "not-found");
  const { kind, message } = await refusal(setting, undefined, "hf_old");
  assert.equal(kind, "refused");
  assert.equal(
    message,
    `'${hub.host}' refuses the token (status 401); it may have expired: make another at ${hub.endpoint}/settings/tokens and give it in HF_TOKEN`,
  );
  assert.ok(!message.includes("hf_old"));
  hub.fault = always(451, "");
  assert.equal(
    (await refusal(setting)).message,
    `'${hub.host}' refuses with status 451`,
  );
});

Deno.test("pullModel() does not believe a server that is no hub", async () => {
  await using setting = await PullSetting.make(gguf);
  const { hub } = setting;
  const answers: Record<string, RegExp> = {
    "not json": /does not answer as a hub does \(.*\); check HF_ENDPOINT$/,
    '{"_id":"1","id":"owner/model","sha":"../../etc"}':
      /does not answer as a hub does \(: Invalid string.*\); check HF_ENDPOINT$/,
    "{}": /does not answer as a hub does/,
  };
  for (const [body, message] of Object.entries(answers)) {
    hub.fault = (answer) => ({
      ...answer,
      status: 200,
      body: new TextEncoder().encode(body),
    });
    const error = await refusal(setting);
    assert.equal(error.kind, "server");
    assert.match(error.message, message);
  }
  hub.fault = (answer) => ({
    ...answer,
    headers: { "content-type": "text/html" },
  });
  assert.equal((await refusal(setting)).kind, "web-page");
});

Deno.test("pullModel() refuses names that lead out of the cache", async () => {
  for (
    const path of [
      "../../evil.gguf",
      "/evil.gguf",
      "a/../../b.gguf",
      "..\\x.gguf",
    ]
  ) {
    await using setting = await PullSetting.make({ [path]: noise(10) });
    const { kind, message } = await refusal(setting);
    assert.equal(kind, "unfit");
    assert.equal(
      message,
      `The hub lists a file '${path}', which is no safe name`,
    );
    assert.equal(setting.hub.fileRequests.length, 0);
  }
});

Deno.test("pullModel() never fetches pickles", async () => {
  await using setting = await PullSetting.make({
    "config.json": noise(10),
    "tokenizer.json": noise(10),
    "pytorch_model.bin": noise(10),
  });
  const { kind, message } = await refusal(setting);
  assert.equal(kind, "unfit");
  assert.match(
    message,
    /holds its weights as PyTorch pickles only, which are never fetched/,
  );
  assert.equal(setting.hub.fileRequests.length, 0);
});

Deno.test("pullModel() fetches no shard from a folder, which opening would refuse", async () => {
  const shard = "deep/model-00001-of-00001.safetensors";
  const index = { ["weight_map"]: { a: shard } };
  await using setting = await PullSetting.make({
    "config.json": noise(10),
    "tokenizer.json": noise(10),
    "model.safetensors.index.json": new TextEncoder().encode(
      JSON.stringify(index),
    ),
    [shard]: noise(10),
  });
  await assert.rejects(setting.pull(), {
    kind: "unfit",
    message: `'owner/model' lists '${shard}' in its index and does not hold it`,
  });
  assert.equal(await setting.checkCache(), 1); // the index
});

Deno.test("pullModel() says that exports are not fetched, though they can be opened", async () => {
  await using setting = await PullSetting.make({
    "config.json": noise(10),
    "tokenizer.json": noise(10),
    "onnx/model.onnx": noise(10),
  });
  const { kind, message } = await refusal(setting);
  assert.equal(kind, "unfit");
  assert.match(message, /holds exported ONNX models, which can be opened and/);
});

Deno.test("pullModel() asks for room before it fetches", async () => {
  await using setting = await PullSetting.make(gguf);
  setting.hub.fault = (answer, { path }) =>
    path.includes("/tree/")
      ? {
        ...answer,
        body: new TextEncoder().encode(
          new TextDecoder().decode(answer.body)
            .replaceAll('"size":100', `"size":${2 ** 52}`),
        ),
      }
      : answer;
  const { kind, message } = await refusal(setting);
  assert.equal(kind, "disk-full");
  assert.match(
    message,
    /^4194304\.0 GiB are to be fetched and the disk of the cache '.*' has \d+\.\d GiB left; free some room/,
  );
  assert.equal(setting.hub.fileRequests.length, 0);
});

Deno.test("pullModel() ends with the signal's reason, and leaves a part to go on with", async () => {
  await using setting = await PullSetting.make(gguf);
  const { hub } = setting;
  hub.fault = (answer, { storage }) =>
    storage ? { ...answer, stallAfter: 50 } : answer;
  const controller = new AbortController();
  await assert.rejects(
    setting.pull(undefined, {
      signal: controller.signal,
      onEvent: ({ type }) => {
        if (type === "progress") controller.abort(new RangeError("enough"));
      },
    }),
    /enough/,
  );
  assert.equal(await setting.partBytes(), 50);
  hub.fault = (answer) => answer;
  await setting.pull();
  assert.equal(hub.fileRequests.at(-1)!.headers.get("range"), "bytes=50-");
  assert.equal(await setting.checkCache(), 1);
});

Deno.test("pullModel() refuses an endpoint that is no address", async () => {
  await assert.rejects(
    pullModel("owner/model", { endpoint: "huggingface.co", token: "" }),
    /^HubError: HF_ENDPOINT is 'huggingface.co'; write a web address such as https:\/\/huggingface.co$/,
  );
});
