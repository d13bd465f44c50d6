import assert from "node:assert/strict";
import { redirected } from "../../../io/hub/redirected.ts";

Deno.test("redirected() follows to addresses that are as safe as the first", () => {
  const to = (location: string, from = "https://hub.test/a/b") =>
    redirected(location, new URL(from)).href;
  assert.equal(to("/c?d=1"), "https://hub.test/c?d=1");
  assert.equal(to("https://store.test/x"), "https://store.test/x");
  assert.equal(
    to("http://127.0.0.1/x", "http://hub.test/"),
    "http://127.0.0.1/x",
  );
  for (
    const location of ["http://hub.test/a", "file:///etc/passwd", "https://"]
  ) {
    assert.throws(() => to(location), {
      name: "HubError",
      message:
        `'hub.test' redirects to '${location}', which is no safe address`,
    });
  }
});
