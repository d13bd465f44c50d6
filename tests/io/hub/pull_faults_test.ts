import assert from "node:assert/strict";
import { HubError } from "../../../mod.ts";
import type { FakeAnswer, Fault } from "./fake_hub.ts";
import { noise, PullSetting } from "./pull_setting.ts";

const size = 3000;
const files = { "model-Q4_K_M.gguf": noise(size) };
const retried = "run the same command again: it goes on where it stopped";

/** A fault of the storage, in the first answers only. */
function inStorage(
  change: (answer: FakeAnswer) => FakeAnswer,
  times = Infinity,
): Fault {
  return (answer, { storage }) =>
    storage && times-- > 0 ? change(answer) : answer;
}

interface Case {
  readonly name: string;
  readonly fault: Fault;
  /** Milliseconds of silence that are a stall. */
  readonly idle?: number;
  /** How the pull fails; nothing where it succeeds in the end. */
  readonly fails?: readonly [kind: string, message: string];
  /** Why something was tried again. */
  readonly retries?: readonly string[];
  readonly waits?: readonly number[];
}

const cut = "'STORAGE' cut the connection";
const of = "of 3000 of 'model-Q4_K_M.gguf'";
const changing =
  "it may be changing on the hub, or a proxy changes it; run the same command again";
const page =
  "'STORAGE' sent a web page instead of the file, as a proxy or a login does; check the connection and HF_ENDPOINT, or give a token in HF_TOKEN";

const cases: Case[] = [
  { name: "nothing", fault: (answer) => answer },
  {
    name: "a cut connection",
    fault: inStorage((answer) => ({ ...answer, cutAfter: 1000 }), 2),
    retries: [`${cut} at byte 1000 ${of}`, `${cut} at byte 2000 ${of}`],
    waits: [1000, 2000],
  },
  {
    name: "a connection that is always cut before anything came",
    fault: inStorage((answer) => ({ ...answer, cutAfter: 0 })),
    fails: ["cut", `${cut} at byte 0 ${of} (3 attempts); ${retried}`],
  },
  {
    name: "a connection that stalls once",
    idle: 500,
    fault: inStorage((answer) => ({ ...answer, stallAfter: 1000 }), 1),
    retries: [`'STORAGE' sent nothing for 0.5 s at byte 1000 ${of}`],
  },
  {
    name: "a connection that always stalls",
    idle: 50,
    fault: inStorage((answer) => ({ ...answer, stallAfter: 0 })),
    fails: [
      "stalled",
      `'STORAGE' sent nothing for 0.05 s at byte 0 ${of} (3 attempts); ${retried}`,
    ],
  },
  {
    name: "a body that ends early without a length",
    fault: inStorage((answer) => ({
      ...answer,
      headers: { ...answer.headers, "content-length": "" },
      cutAfter: 1000,
    }), 1),
    retries: [`'STORAGE' ended the connection at byte 1000 ${of}`],
  },
  {
    name: "a length that is too short",
    fault: inStorage((answer) => ({ ...answer, body: noise(size - 1) })),
    fails: [
      "wrong-size",
      `'model-Q4_K_M.gguf' would have 2999 bytes and the hub lists 3000: ${changing}`,
    ],
  },
  {
    name: "a length that is too long",
    fault: inStorage((answer) => ({
      ...answer,
      headers: { ...answer.headers, "content-length": size + 10 },
    })),
    fails: [
      "wrong-size",
      `'model-Q4_K_M.gguf' would have 3010 bytes and the hub lists 3000: ${changing}`,
    ],
  },
  {
    name: "a body that is too long, without a length",
    fault: inStorage((answer) => ({
      ...answer,
      headers: { ...answer.headers, "content-length": "" },
      body: noise(size + 10),
    })),
    fails: [
      "wrong-size",
      `'model-Q4_K_M.gguf' would have more than 3000 bytes and the hub lists 3000: ${changing}`,
    ],
  },
  {
    name: "a damaged byte",
    fault: inStorage((answer) => ({
      ...answer,
      body: answer.body.with(1234, answer.body[1234]! ^ 1),
    })),
    fails: [
      "wrong-hash",
      `'model-Q4_K_M.gguf' is damaged: its SHA-256 is HEX… and the hub lists HEX…: ${changing}`,
    ],
  },
  {
    name: "a web page in place of the file",
    fault: inStorage(() => ({
      status: 200,
      headers: { "content-type": "text/html; charset=utf-8" },
      body: new TextEncoder().encode("<html>Log in</html>"),
    })),
    fails: ["web-page", page],
  },
  {
    name: "429 with Retry-After",
    fault: inStorage((answer) => ({
      ...answer,
      status: 429,
      headers: { "retry-after": 7 },
    }), 2),
    retries: [
      "'STORAGE' answers 429: too many requests",
      "'STORAGE' answers 429: too many requests",
    ],
    waits: [7000, 7000],
  },
  {
    name: "429 for ever",
    fault: inStorage((answer) => ({ ...answer, status: 429 })),
    fails: [
      "busy",
      "'STORAGE' answers 429: too many requests (3 attempts); try again later, or give a token in HF_TOKEN, which may ask more often",
    ],
  },
  {
    name: "429 with a wait of hours",
    fault: inStorage((answer) => ({
      ...answer,
      status: 429,
      headers: { "retry-after": 7200 },
    })),
    fails: [
      "busy",
      "'STORAGE' answers 429: too many requests; it asks to wait 7200 s; try again later, or give a token in HF_TOKEN, which may ask more often",
    ],
    waits: [],
  },
  {
    name: "500, then all well",
    fault: inStorage((answer) => ({ ...answer, status: 500 }), 1),
    retries: ["'STORAGE' fails with status 500"],
  },
  {
    name: "503 for ever",
    fault: inStorage((answer) => ({ ...answer, status: 503 })),
    fails: [
      "server",
      "'STORAGE' fails with status 503 (3 attempts); try again later",
    ],
  },
  {
    name: "a redirect to where nobody listens",
    fault: (answer) =>
      "location" in answer.headers
        ? {
          ...answer,
          headers: { ...answer.headers, location: "http://127.0.0.1:1/file" },
        }
        : answer,
    fails: [
      "unreachable",
      "'127.0.0.1:1' cannot be reached: WHY (3 attempts); check the connection and HF_ENDPOINT, or use what is in the cache with --offline",
    ],
  },
  {
    name: "redirects in a circle",
    fault: (answer, { path }) =>
      path.includes("/resolve/")
        ? { ...answer, headers: { location: path } }
        : answer,
    fails: ["server", "'URL' redirects in a circle"],
  },
];

for (const { name, fault, idle = 30_000, fails, retries, waits } of cases) {
  Deno.test(`pullModel() puts no wrong byte into the cache: ${name}`, async () => {
    await using setting = await PullSetting.make(files);
    const { hub } = setting;
    hub.fault = fault;
    setting.idle = idle;
    const plain = (text: string) =>
      text.replaceAll(hub.storageHost, "STORAGE")
        .replaceAll(/[0-9a-f]{12}…/g, "HEX…")
        .replace(/reached: .* \(3/, "reached: WHY (3")
        .replace(/'http:[^']*' redirects/, "'URL' redirects");
    if (fails) {
      await assert.rejects(setting.pull(), (error) => {
        assert.ok(error instanceof HubError);
        assert.deepEqual([error.kind, plain(error.message)], fails);
        return true;
      });
      assert.equal(await setting.checkCache(), 0);
    } else {
      await setting.pull();
      assert.equal(await setting.checkCache(), 1);
      assert.equal(await setting.partBytes(), 0);
      assert.deepEqual(setting.retries.map(plain), retries ?? []);
    }
    if (waits) assert.deepEqual(setting.waits, waits);
    // Whatever went wrong: when it is over, the same call ends well.
    hub.fault = (answer) => answer;
    setting.idle = 30_000;
    await setting.pull();
    assert.equal(await setting.checkCache(), 1);
  });
}
