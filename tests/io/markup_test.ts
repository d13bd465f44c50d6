import assert from "node:assert/strict";
import { html, scriptJson } from "../../io/markup.ts";

const hostile = `</script><script>alert("1")</script>&'\u2028\u2029\ud800<!--`;

Deno.test("html`` escapes texts and keeps markup, lists and nothing", () => {
  const { text } = html`<p title="${hostile}">${[
    html`<b>${1}</b>`,
    "<",
  ]}${null}</p>`;
  assert.equal(
    text,
    `<p title="&lt;/script&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;\u2028\u2029\ufffd&lt;!--"><b>1</b>&lt;</p>`,
  );
});

Deno.test("scriptJson() holds nothing that ends a script element, and reads back as it was", () => {
  const { text } = scriptJson({ hostile });
  assert.doesNotMatch(text, /[<>&\u2028\u2029]/);
  assert.deepEqual(JSON.parse(text), { hostile });
});
