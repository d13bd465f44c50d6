import assert from "node:assert/strict";
import { HubError } from "../../../mod.ts";
import type { FakeAnswer } from "./fake_hub.ts";
import { noise, PullSetting } from "./pull_setting.ts";

const files = { "a-Q4_0.gguf": noise(10), "a-Q8_0.gguf": noise(20) };

/** Changes the first answers to questions for lists. */
function inLists(
  change: (answer: FakeAnswer) => FakeAnswer,
  times = Infinity,
): PullSetting["hub"]["fault"] {
  return (answer, { path }) =>
    path.startsWith("/api/") && times-- > 0 ? change(answer) : answer;
}

Deno.test("pullModel() asks for a list again that was cut, refused for now, or stalled", async () => {
  const faults: [string, (answer: FakeAnswer) => FakeAnswer][] = [
    ["cut the connection", (answer) => ({ ...answer, cutAfter: 9 })],
    ["fails with status 500", (answer) => ({ ...answer, status: 500 })],
    ["sent nothing for 0.5 s", (answer) => ({ ...answer, stallAfter: 9 })],
    ["answers 429: too many requests", (answer) => ({
      ...answer,
      status: 429,
      headers: { "retry-after": new Date(Date.now() - 5000).toUTCString() },
    })],
  ];
  for (const [reason, fault] of faults) {
    await using setting = await PullSetting.make(files);
    setting.idle = reason.startsWith("sent") ? 500 : 30_000;
    setting.hub.fault = inLists(fault, 1);
    await setting.pull("owner/model:Q4_0");
    assert.deepEqual(setting.retries, [`'${setting.hub.host}' ${reason}`]);
    assert.deepEqual(setting.waits, [reason.includes("429") ? 0 : 1000]);
    assert.equal(await setting.checkCache(), 1);
  }
});

Deno.test("pullModel() lists and fetches the commit that the branch was, though it moves on meanwhile", async () => {
  await using setting = await PullSetting.make(files);
  const { hub } = setting;
  const first = hub.head;
  hub.fault = (answer, { path }) => {
    if (path.includes("/revision/main")) {
      hub.commit({ "a-Q4_0.gguf": noise(10, 7), "a-Q8_0.gguf": noise(20) });
    }
    return answer;
  };
  const { commit, path } = await setting.pull("owner/model:Q4_0");
  assert.equal(commit, first);
  assert.deepEqual(await Deno.readFile(path), noise(10));
});

Deno.test("pullModel() gives up on a hub that never lists", async () => {
  await using setting = await PullSetting.make(files);
  setting.hub.fault = inLists((answer) => ({ ...answer, cutAfter: 9 }));
  await assert.rejects(setting.pull(), (error) => {
    assert.ok(error instanceof HubError);
    assert.equal(error.kind, "cut");
    assert.equal(
      error.message,
      `'${setting.hub.host}' cut the connection (3 attempts); run the same command again: it goes on where it stopped`,
    );
    return true;
  });
  assert.equal(setting.hub.requests.length, 3);
  assert.equal(await setting.checkCache(), 0);
});

Deno.test("pullModel() reads a list of several pages", async () => {
  await using setting = await PullSetting.make(files);
  const { hub } = setting;
  hub.fault = (answer, { path }) => {
    if (!path.includes("/tree/")) return answer;
    const all = JSON.parse(new TextDecoder().decode(answer.body));
    const second = path.includes("cursor=2");
    const page = new TextEncoder().encode(
      JSON.stringify([all[second ? 1 : 0]]),
    );
    const next = `<${hub.endpoint}${path}&cursor=2>; rel="next"`;
    return { ...answer, body: page, headers: second ? {} : { link: next } };
  };
  await setting.pull("owner/model:Q8_0");
  assert.equal(await setting.checkCache(), 1);
});
