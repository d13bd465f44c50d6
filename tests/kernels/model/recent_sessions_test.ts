import assert from "node:assert/strict";
import { RecentSessions } from "../../../kernels/model/recent_sessions.ts";

Deno.test("RecentSessions closes what was used longest ago, and nothing that is used", () => {
  const closed: string[] = [];
  const recent = new RecentSessions(2, (name) => closed.push(name));
  const [a, b] = [recent.use("a"), recent.use("b")];
  const c = recent.use("c");
  assert.deepEqual(closed, [], "all are used");
  b[Symbol.dispose]();
  assert.deepEqual(closed, ["b"]);
  a[Symbol.dispose]();
  c[Symbol.dispose]();
  recent.use("a")[Symbol.dispose]();
  recent.use("d")[Symbol.dispose]();
  assert.deepEqual(closed, ["b", "c"]);
});

Deno.test("RecentSessions counts every user of a session", () => {
  const closed: string[] = [];
  const recent = new RecentSessions(0, (name) => closed.push(name));
  const [first, second] = [recent.use("a"), recent.use("a")];
  first[Symbol.dispose]();
  assert.deepEqual(closed, []);
  second[Symbol.dispose]();
  assert.deepEqual(closed, ["a"]);
});
