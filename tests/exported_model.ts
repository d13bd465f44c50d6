const folder = new URL("./fixtures/exported/", import.meta.url);
const models = new URL("./fixtures/models/", import.meta.url);

/** An exported model as it lies on a person's disk. */
export interface ExportedFixture extends AsyncDisposable {
  readonly path: string;
  /** The folder of tests/fixtures/models with the same weights. */
  readonly source: string;
}

/** What `fixture.json` says. */
interface Facts {
  readonly source: string;
  readonly files: readonly string[];
}

/** Lays the files of an exported model out, with configuration and tokenizer beside them; `place` is a folder for the model's own files. */
export async function exportedModel(
  name: string,
  place = "",
): Promise<ExportedFixture> {
  const at = new URL(`${name}/`, folder);
  const { source, files }: Facts = JSON.parse(
    await Deno.readTextFile(new URL("fixture.json", at)),
  );
  const path = await Deno.makeTempDir({ prefix: "parallelcomp-exported-" });
  await Deno.mkdir(`${path}/${place}`, { recursive: true });
  for (const file of files) {
    const zipped = await Deno.open(new URL(`${file}.gz`, at));
    const bytes = zipped.readable.pipeThrough(new DecompressionStream("gzip"));
    await Deno.writeFile(`${path}/${place}/${file}`, bytes);
  }
  const beside = new URL(`${source}/`, models);
  for await (const file of Deno.readDir(beside)) {
    if (file.name.includes("safetensors")) continue;
    await Deno.copyFile(new URL(file.name, beside), `${path}/${file.name}`);
  }
  return {
    path,
    source,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
