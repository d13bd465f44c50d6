import { InvalidArgumentError } from "commander";
import { parse } from "yaml";

/** Graph parameters by name, as given on the command line. */
export type ParameterValues = Readonly<Record<string, unknown>>;

/** Adds one `name=value` to those read before it; the value is read as YAML, so that `3` is a number. */
export function collectParameter(
  text: string,
  before: ParameterValues = {},
): ParameterValues {
  const at = text.indexOf("=");
  const name = text.slice(0, at);
  if (at < 1 || !/^[\w-]+$/.test(name)) {
    throw new InvalidArgumentError("Write name=value.");
  }
  return { ...before, [name]: parseValue(text.slice(at + 1)) };
}

function parseValue(text: string): unknown {
  if (text === "") return "";
  try {
    return parse(text, { logLevel: "error" });
  } catch (cause) {
    const reason = (cause as Error).message.split("\n")[0]!.replace(/:$/, "");
    throw new InvalidArgumentError(`'${text}' is not a YAML value: ${reason}.`);
  }
}
