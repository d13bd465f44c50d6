import type { z } from "zod";
import type { Path } from "./errors.ts";

/** A key that an object's schema does not have. */
export interface ExtraKey {
  /** Path of the object that holds it. */
  readonly path: Path;
  readonly key: string;
  /** The keys that the schema has. */
  readonly known: readonly string[];
  /** Keys beside it, where it would be known without them: another form of the value has it. */
  readonly besides?: readonly string[];
}

/** The parts of a zod definition that are read here; other copies of zod have them too. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly options?: readonly z.ZodType[];
}

/** Finds keys that the schema does not know, at every depth, also where its objects would ignore them. */
export function extraKeys(
  schema: z.ZodType,
  value: unknown,
  path: Path = [],
): ExtraKey[] {
  if (typeof value !== "object" || value === null) return [];
  const def = schema._zod.def as unknown as Definition;
  const each = (inner: z.ZodType) =>
    Object.entries(value).flatMap(([key, v]) =>
      extraKeys(inner, v, [...path, Array.isArray(value) ? Number(key) : key])
    );
  switch (def.type) {
    case "object":
      return Array.isArray(value) ? [] : ofObject(def, value, path);
    case "array":
      return Array.isArray(value) ? each(def.element!) : [];
    case "record":
      return Array.isArray(value) ? [] : each(def.valueType!);
    case "union":
      return ofUnion(def.options!, value, path);
    case "pipe":
      return extraKeys(def.in!, value, path);
    default: // optional, default, nullable, readonly, …
      return def.innerType ? extraKeys(def.innerType, value, path) : [];
  }
}

function ofObject(def: Definition, value: object, path: Path): ExtraKey[] {
  const shape = def.shape!;
  const known = Object.keys(shape);
  const open = def.catchall && def.catchall._zod.def.type !== "never";
  return Object.entries(value).flatMap(([key, inner]) => {
    if (Object.hasOwn(shape, key)) {
      return extraKeys(shape[key]!, inner, [...path, key]);
    }
    return open ? [] : [{ path, key, known }];
  });
}

/** The form that fits best decides; where two fit equally badly, neither is asked. */
function ofUnion(
  forms: readonly z.ZodType[],
  value: object,
  path: Path,
): ExtraKey[] {
  const ranked = forms.map((form) => ({
    misfits: misfits(form, value),
    extra: extraKeys(form, value, path),
  })).sort((a, b) => a.misfits - b.misfits || a.extra.length - b.extra.length);
  const [best, second] = ranked;
  if (!best || best.misfits === Infinity) return [];
  const unclear = best.misfits > 0 && best.misfits === second?.misfits;
  if (unclear) return [];
  const shapes = forms.map((form) =>
    (form._zod.def as unknown as Definition).shape ?? {}
  );
  return best.extra.map((extra) => {
    const other = extra.path.length === path.length &&
      shapes.find((shape) => Object.hasOwn(shape, extra.key));
    if (!other) return extra;
    const besides = Object.keys(value)
      .filter((k) => extra.known.includes(k) && !Object.hasOwn(other, k));
    return { ...extra, besides };
  });
}

/** How many things but unknown keys are wrong with the value; infinite where its type is. */
function misfits(form: z.ZodType, value: object): number {
  const issues = form.safeParse(value).error?.issues ?? [];
  const wrongType = issues.some((i) =>
    i.code === "invalid_type" && i.path.length === 0
  );
  if (wrongType) return Infinity;
  return issues.filter((i) => i.code !== "unrecognized_keys").length;
}
