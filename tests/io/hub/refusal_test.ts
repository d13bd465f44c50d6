import assert from "node:assert/strict";
import { HubError } from "../../../io/hub/hub_error.ts";
import { refusalOf } from "../../../io/hub/refusal.ts";
import { Transient } from "../../../io/hub/retry.ts";

const wanted = { repository: "owner/model" };
const client = { endpoint: "https://hub.test" };

/** What is made of an answer with this status and these headers. */
function refusal(status: number, headers: Record<string, string> = {}) {
  return refusalOf(
    {
      status,
      headers: new Headers(headers),
      hubHeaders: new Headers(),
      host: "hub.test",
      async *read() {},
      cancel() {},
    },
    wanted,
    client,
  );
}

Deno.test("refusalOf() takes a 403 that says nothing for a gate, and one with another code for a refusal", () => {
  const gate = refusal(403);
  assert(gate instanceof HubError);
  assert.equal(gate.kind, "gated");
  const other = refusal(403, { "x-error-code": "Disabled" });
  assert(other instanceof HubError);
  assert.equal(other.kind, "refused");
});

Deno.test("refusalOf() waits until the date that a server names, and not for one that is past", () => {
  const wait = (date: number) => {
    const headers = { "retry-after": new Date(date).toUTCString() };
    const passing = refusal(503, headers);
    assert(passing instanceof Transient);
    return passing.wait;
  };
  const minute = wait(Date.now() + 60_000)!;
  assert(minute > 0 && minute <= 60_000, `${minute}`);
  assert.equal(wait(0), 0);
});

Deno.test("HubError keeps what a server says to one line without terminal codes", () => {
  const { message } = new HubError("server", "a\r\nb\x1b[31mc\x9b2Jd");
  assert.equal(message, "a b [31mc 2Jd");
  assert.equal(new HubError("server", "x".repeat(5000)).message.length, 1000);
});
