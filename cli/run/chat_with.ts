import { defaultGraph } from "../arguments/default_graph.ts";
import { CliError, ExitCode, SaidError } from "../terminal/exit_code.ts";
import { askStored, type StoredDocument } from "./ask_stored.ts";
import { finishAnswer } from "./finish_answer.ts";
import { givenInputs } from "../arguments/given_inputs.ts";
import { openForChat } from "./open_for_chat.ts";
import { type GraphFlags, loadPlan } from "../arguments/load_plan.ts";
import { PhaseClock } from "./phase_clock.ts";
import { type Part, partWithoutFacet } from "./plan_parts.ts";
import { requireTemporaryFolder } from "../arguments/require_temporary_folder.ts";
import { readLines } from "../arguments/read_lines.ts";
import { sayError } from "../terminal/say_error.ts";
import { openSession, type Session, type SessionFlags } from "./session.ts";
import { storeDocument } from "./store_document.ts";
import { warn } from "../terminal/warn.ts";

/** Flags of `chat`. */
export interface ChatFlags extends GraphFlags, SessionFlags {
  readonly graph: string;
  readonly kvMemory: number;
  readonly questionTokens: number;
  readonly memory?: number;
}

/** Reads a document once, then answers one question a line. */
export async function chatWith(file: string, flags: ChatFlags): Promise<void> {
  if (file === "-") {
    throw new CliError(
      ExitCode.usage,
      "chat reads its questions from standard input, so the document must be a file",
    );
  }
  using session = openSession(flags);
  await requireTemporaryFolder();
  const { questionTokens, ...others } = flags;
  const prefill = findPrefill(await loadPlan(flags.graph, others));
  const plan = await loadPlan(flags.graph, flags);
  // What a question takes from a chunk is the parameter questionTokens, not this placeholder.
  const inputs = await givenInputs(
    plan,
    { document: file, question: "?" },
    session,
  );
  using held = await openForChat(plan, { inputs, ...flags }, session);
  const { model, replace, limit } = held;
  using store = await storeDocument(
    { plan, prefill, model, replace, inputs, limit },
    session,
  );
  const stored = { plan, prefill, held, store, questionTokens };
  announce(stored, session);
  await answerLines(stored, session);
}

/** The node whose chunks do not depend on the question. */
function findPrefill(plan: Awaited<ReturnType<typeof loadPlan>>): Part {
  const prefill = partWithoutFacet(plan, "pc/kv-chunk", "question");
  if (prefill) return prefill;
  throw new CliError(
    ExitCode.graph,
    `Graph '${plan.file}' asks the question while it reads the document, so nothing can be kept for the next one; chat needs a graph with prefill and requery, such as ${defaultGraph}`,
  );
}

function announce(
  { store }: StoredDocument,
  { terminal, clock }: Session,
): void {
  const { total } = clock.seconds();
  const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  terminal.err(
    `${store.count} chunks read in ${total.toFixed(1)} s; KV: ${
      mebibytes(store.memoryBytes)
    } in memory, ${mebibytes(store.fileBytes)} in a temporary file\n`,
  );
}

async function answerLines(
  stored: StoredDocument,
  session: Session,
): Promise<void> {
  const { terminal, interrupt } = session;
  const typed = Deno.stdin.isTerminal();
  const invite = () => {
    if (typed) terminal.err("> ");
  };
  let clock = session.clock;
  let refused: CliError | undefined;
  let asked = 0;
  invite();
  for await (const line of readLines(interrupt.signal)) {
    const question = line.trim();
    if (question === "/exit") break;
    if (question !== "") {
      asked++;
      clock.leaveOut();
      try {
        await answerLine(stored, question, { ...session, clock });
      } catch (error) {
        if (!(error instanceof CliError) || error.code !== ExitCode.input) {
          throw error;
        }
        sayError(error, session);
        refused = error;
      }
      clock = new PhaseClock();
    }
    invite();
  }
  if (typed) terminal.err("\n");
  else if (refused) throw new SaidError(refused);
  else if (asked === 0) warn(session, "No question came on standard input");
}

async function answerLine(
  stored: StoredDocument,
  question: string,
  session: Session,
): Promise<void> {
  const { answer, firstAt } = await askStored(stored, question, session);
  if (firstAt !== undefined) sayFirst(session, firstAt);
  if (answer) await finishAnswer(answer, session);
}

/** Says how long the first text took; the first question's time includes reading the document. */
function sayFirst(
  { terminal, json, clock, report }: Session,
  firstAt: number,
): void {
  const seconds = (firstAt - clock.began) / 1000;
  if (json) {
    report.event({
      type: "metric",
      name: "firstTokenSeconds",
      value: seconds,
      unit: "s",
      node: "chat",
      stage: "chat",
      at: firstAt - clock.began,
    });
  } else terminal.err(`first token after ${seconds.toFixed(3)} s\n`);
}
