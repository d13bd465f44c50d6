import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { parseRecord } from "../../cli/record/read_record.ts";
import { page } from "../../cli/show/page.ts";
import { loadModel } from "../../mod.ts";
import {
  passKeyDocument,
  passKeyQuestion,
  withFolder,
  writeFile,
} from "../cli/documents.ts";
import { oneChunkRecord } from "../cli/record/sample_record.ts";
import { runCli } from "../cli/run_cli.ts";
import { passkeyCase } from "../eval/tasks/passkey_case.ts";
import { findChromium, openPage } from "./chromium.ts";

const chromium = await findChromium();
if (!chromium && Deno.env.has("REQUIRE_CHROMIUM")) {
  throw new Error("Chromium is not on PATH; apt-get install chromium");
}

/** The two schemes of colour, as flags. */
const schemes = {
  light: ["--blink-settings=preferredColorScheme=1"],
  dark: ["--blink-settings=preferredColorScheme=0"],
};

/** A test of pages, skipped where there is no Chromium, which its name says then. */
function pageTest(name: string, body: (chromium: string) => Promise<void>) {
  Deno.test({
    name: chromium ? name : `${name} (skipped: no Chromium on PATH)`,
    ignore: !chromium,
    fn: () => body(chromium!),
  });
}

/** Opens a page in both schemes; it must say nothing on the console. Gives the DOM of the light one. */
async function opened(path: string): Promise<string> {
  const url = pathToFileURL(path).href;
  const doms = [];
  for (const [scheme, flags] of Object.entries(schemes)) {
    const { dom, console } = await openPage(chromium!, url, flags);
    assert.deepEqual(console, [], scheme);
    const other = scheme === "light" ? "Dark" : "Light";
    assert.match(dom, new RegExp(`id="theme">${other}</button>`));
    doms.push(dom);
  }
  return doms[0]!;
}

/** What of a chunk's text the page marks as kept, and all of it. */
function reader(dom: string): { title: string; kept: string; text: string } {
  const [, title] = /id="chunk-title"[^>]*>(.*?)<\/h3>/s.exec(dom)!;
  const [, text] = /id="chunk-text"[^>]*>(.*?)<\/div>/s.exec(dom)!;
  const marks = [...text!.matchAll(/<mark[^>]*>(.*?)<\/mark>/gs)];
  return {
    title: title!,
    kept: marks.map(([, kept]) => kept).join(""),
    text: text!.replace(/<[^>]*>/g, ""),
  };
}

pageTest("a page that errs is found out", async (chromium) => {
  await withFolder(async (folder) => {
    const html =
      "<svg><path d='M0 NaN'/></svg><script>throw new Error('x')</script>";
    const file = await writeFile(folder, "a.html", html);
    const { console } = await openPage(chromium, pathToFileURL(file).href);
    assert.equal(console.length, 2, console.join("\n"));
  });
});

pageTest(
  "a page of a hostile document opens, and shows it as text",
  async () => {
    await withFolder(async (folder) => {
      const hostile = `</script><img src=x onerror="alert(1)">\u2028&amp;<!--`;
      const record = oneChunkRecord(hostile, [[0, 99], [0, 5]]);
      const file = await writeFile(
        folder,
        "a.html",
        page({ ...record, question: hostile }),
      );
      const dom = await opened(file);
      assert.doesNotMatch(dom, /<img/);
      const { text, kept } = reader(dom);
      const shown = hostile.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;");
      assert.equal(text, shown);
      assert.equal(kept, shown);
    });
  },
);

pageTest("the page of a calibrated run shows what was dropped", async () => {
  await withFolder(async (folder) => {
    const document = await writeFile(folder, "a.txt", passKeyDocument(2400));
    const [record, html] = [`${folder}/run.json`, `${folder}/run.html`];
    const flags = ["--question", passKeyQuestion, "--prompt", "raw"];
    const small = ["--set", "window=512", "--set", "lambda=0.01"];
    const more = ["--max-tokens", "4", "--record", record];
    const ran = await runCli(
      ["run", "paper", document, ...flags, ...small, ...more],
    );
    assert.equal(ran.code, 0, ran.stderr);
    const shown = await runCli(["show", record, "--html", html]);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(await opened(html), /<path class="gone" d="M\d+ \d+\.5h\d/);
  });
});

pageTest(
  "the page of a reread run frames the chunks that it no longer holds by dashes, and marks what they held last",
  async () => {
    await withFolder(async (folder) => {
      const document = await writeFile(folder, "a.txt", passKeyDocument(2400));
      const [record, html] = [`${folder}/run.json`, `${folder}/run.html`];
      const small = ["window=512", "rereadTokens=64", "answerEntries=48"];
      const asked = await runCli([
        ...["ask", document, passKeyQuestion, "--graph", "reread"],
        ...["--prompt", "raw", "--max-tokens", "4", "--record", record],
        ...small.flatMap((set) => ["--set", set]),
      ]);
      assert.equal(asked.code, 0, asked.stderr);
      const shown = await runCli(["show", record, "--html", html]);
      assert.equal(shown.code, 0, shown.stderr);
      const dom = await opened(html);
      assert.match(dom, /class="cell evicted/);
      assert.match(dom, /rereadTokens: \d+ tokens/);
      const { title, kept } = reader(dom);
      assert.match(title, /, kept$/);
      assert.match(kept, /48213/);
    });
  },
);

pageTest(
  "the page of a run over 131,072 tokens is under 5 MB, opens offline and shows the planted fact's chunk as kept",
  async () => {
    await using model = await loadModel("tiny");
    const given = passkeyCase(model.tokenizer, 131_072, 5);
    await withFolder(async (folder) => {
      const document = await writeFile(folder, "book.txt", given.document);
      const [record, html] = [`${folder}/run.json`, `${folder}/run.html`];
      const flags = [
        "--prompt",
        "raw",
        "--max-tokens",
        "12",
        "--record",
        record,
      ];
      const asked = await runCli(["ask", document, given.question, ...flags]);
      assert.equal(asked.code, 0, asked.stderr);
      const shown = await runCli(["show", record, "--html", html]);
      assert.equal(shown.code, 0, shown.stderr);
      assert((await Deno.stat(html)).size < 5e6);

      const { chunks } = parseRecord(record, await Deno.readTextFile(record));
      const bytes = new TextEncoder().encode(given.document);
      const planted = chunks.find(({ byteStart, byteEnd }) =>
        new TextDecoder().decode(bytes.subarray(byteStart, byteEnd))
          .includes(`${given.answer} is the pass key`)
      )!;
      const dom = await opened(html);
      assert.match(
        dom,
        new RegExp(`class="cell kept[^>]*data-chunk="${planted.index}"`),
      );
      const { title, kept } = reader(dom);
      assert.match(title, new RegExp(`^Chunk ${planted.index}: .*, kept$`));
      assert(kept.includes(given.answer));
    });
  },
);
