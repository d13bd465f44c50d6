import assert from "node:assert/strict";
import { hubSettings, hubToken } from "../../../io/hub/settings.ts";
import { isHubName } from "../../../io/hub/hub_model_path.ts";

const env = (values: Record<string, string>) => (name: string) => values[name];

Deno.test("hubSettings() takes the caller's choice, then the environment's, then the usual", () => {
  const home = { HOME: "/h" };
  assert.deepEqual(hubSettings({}, env(home)), {
    endpoint: "https://huggingface.co",
    cache: "/h/.cache/parallelcomp/hub",
    offline: false,
  });
  const set = {
    ...home,
    XDG_CACHE_HOME: "/x",
    HF_ENDPOINT: "https://mirror.example/hf/",
    HF_HUB_OFFLINE: "1",
  };
  assert.deepEqual(hubSettings({}, env(set)), {
    endpoint: "https://mirror.example/hf",
    cache: "/x/parallelcomp/hub",
    offline: true,
  });
  const own = env({ ...set, PARALLELCOMP_CACHE: "/p" });
  assert.equal(hubSettings({}, own).cache, "/p/hub");
  const chosen = { cache: "/c", endpoint: "http://h:1", offline: false };
  assert.deepEqual(hubSettings(chosen, own), { ...chosen, cache: "/c/hub" });
});

Deno.test("hubToken() reads HF_TOKEN, then the file of Hugging Face's tools", async () => {
  const home = await Deno.makeTempDir();
  try {
    const at = { HF_HOME: home };
    assert.equal(hubToken(env(at)), undefined);
    await Deno.writeTextFile(`${home}/token`, "hf_file\n");
    assert.equal(hubToken(env(at)), "hf_file");
    assert.equal(hubToken(env({ ...at, HF_TOKEN: " hf_env " })), "hf_env");
    assert.throws(
      () => hubToken(env({ ...at, HF_TOKEN: "secret" })),
      (error: Error) =>
        /^HF_TOKEN holds no token/.test(error.message) &&
        !error.message.includes("secret"),
    );
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("isHubName() tells names on the hub from paths", () => {
  assert.ok(isHubName("hf:owner/name"));
  assert.ok(!isHubName("owner/name") && !isHubName("./hf:owner/name"));
});
