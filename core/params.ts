import type { Path } from "./errors.ts";
import { show } from "./explain_issue.ts";
import type { Issues } from "./issues.ts";
import { didYouMean, nearest } from "./suggest.ts";

/** Every `${name}`; `$${` stands for a plain `${`. */
const REFERENCE = /\$(\$\{)|\$\{([^}]*)\}/g;

/** The parameters of a graph and their values, filled into options. */
export class Params {
  /** Declared parameters with the values given, or else their defaults. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly #read = new Set<string>();
  readonly #issues: Issues;

  constructor(
    declared: Readonly<Record<string, unknown>>,
    given: Readonly<Record<string, unknown>>,
    issues: Issues,
  ) {
    this.#issues = issues;
    this.values = { ...declared };
    for (const [name, value] of Object.entries(given)) {
      if (Object.hasOwn(declared, name)) {
        this.values = { ...this.values, [name]: value };
      } else if (!issues.touches(["params", name])) {
        issues.add(
          ["params", name],
          `Parameter '${name}' was given but is not declared${
            didYouMean(name, Object.keys(declared))
          }`,
          "key",
        );
      }
    }
    for (const [name, value] of Object.entries(declared)) {
      if (typeof value === "string" && /\$\{[^}]*\}/.test(value)) {
        issues.add(
          ["params", name],
          "A parameter cannot refer to another; combine them where they are used, under 'with'",
        );
      }
    }
  }

  /** A copy of the value with every `${name}` replaced. */
  fill(value: unknown, path: Path): unknown {
    if (typeof value === "string") return this.#fillText(value, path);
    if (Array.isArray(value)) {
      return value.map((item, i) => this.fill(item, [...path, i]));
    }
    if (!isPlainObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map((
        [key, inner],
      ) => [key, this.fill(inner, [...path, key])]),
    );
  }

  /** Reports declared parameters that no option has read. */
  reportUnread(): void {
    for (const name of Object.keys(this.values)) {
      if (this.#read.has(name)) continue;
      this.#issues.add(
        ["params", name],
        `No option reads parameter '${name}'; use it as \${${name}} or remove it`,
        "key",
      );
    }
  }

  #fillText(text: string, path: Path): unknown {
    const whole = /^\$\{([^}]*)\}$/.exec(text);
    if (whole) return this.#value(whole[1]!, path);
    return text.replaceAll(REFERENCE, (match, escaped, name) => {
      if (escaped) return escaped;
      const value = this.#value(name, path);
      if (["string", "number", "boolean"].includes(typeof value)) {
        return String(value);
      }
      if (value !== undefined) {
        this.#issues.add(
          path,
          `Parameter '${name}' is ${
            show(value)
          }; only text, numbers and booleans can be part of a longer text`,
        );
      }
      return match;
    });
  }

  #value(name: string, path: Path): unknown {
    this.#read.add(name);
    if (Object.hasOwn(this.values, name)) return this.values[name];
    const known = Object.keys(this.values);
    if (!this.#issues.touches(["params", name])) {
      const message = `Unknown parameter '${name}'${didYouMean(name, known)}`;
      this.#issues.add(path, message);
    }
    const near = nearest(name, known);
    if (near !== undefined) this.#read.add(near); // probably meant
    return undefined;
  }
}

/** Options of graphs built in code may hold other objects; those are left as they are. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
