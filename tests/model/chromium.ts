/** What Chromium made of a page. */
export interface OpenedPage {
  /** The document after its script has run, as HTML. */
  readonly dom: string;
  /** Lines that the page wrote to the console, errors of the engine among them. */
  readonly console: readonly string[];
}

/** Chromium's command on this machine. */
export async function findChromium(): Promise<string | undefined> {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      await new Deno.Command(name, { args: ["--version"] }).output();
      return name;
    } catch (cause) {
      if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    }
  }
  return undefined;
}

/** Opens a file in headless Chromium with a profile of its own, without a network. */
export async function openPage(
  chromium: string,
  url: string,
  flags: readonly string[] = [],
): Promise<OpenedPage> {
  const profile = await Deno.makeTempDir({ prefix: "chromium-" });
  try {
    const { success, stdout, stderr } = await new Deno.Command(chromium, {
      args: [
        "--headless",
        "--no-sandbox", // CI runs as root
        "--disable-gpu",
        "--disable-dev-shm-usage",
        `--user-data-dir=${profile}`,
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--enable-logging=stderr",
        "--virtual-time-budget=5000",
        ...flags,
        "--dump-dom",
        url,
      ],
    }).output();
    const said = new TextDecoder().decode(stderr);
    if (!success) throw new Error(`Chromium failed: ${said}`);
    return {
      dom: new TextDecoder().decode(stdout),
      console: said.split("\n").filter((line) => line.includes(":CONSOLE")),
    };
  } finally {
    await Deno.remove(profile, { recursive: true });
  }
}
