/** Reads the product files of endoflife.date: the list of cycles of its first API, and `releases` of its second. */
import { z } from "zod";

const dateOrFlag = z.union([z.string(), z.boolean()]).nullish();

const cycle = z.looseObject({
  cycle: z.union([z.string(), z.number()]).transform(String),
  eol: dateOrFlag,
  extendedSupport: dateOrFlag,
  latest: z.union([z.string(), z.number()]).transform(String).optional(),
});

const release = z.looseObject({
  name: z.string(),
  eolFrom: z.string().nullish(),
  eoesFrom: z.string().nullish(),
  latest: z.looseObject({ name: z.string() }).nullish(),
});

const document = z.union([
  z.array(cycle).max(4_096),
  z.looseObject({ result: z.looseObject({ releases: z.array(release).max(4_096) }) }),
]);

/** Its archive serves long-term support to everybody; elsewhere longer support needs a contract. */
const servedLonger = new Set(["debian"]);
const day = /^20\d\d-\d\d-\d\d$/;

interface Line {
  readonly name: string;
  readonly ends: string | null;
  readonly extended: string | null;
  readonly latest: string | null;
}

/** Returns the end of security updates by release; throws where the text has another shape. */
export function readEndOfLife(product: string, text: string): Readonly<Record<string, string>> {
  const parsed = document.parse(JSON.parse(text));
  const lines = Array.isArray(parsed)
    ? parsed.map(lineOfCycle)
    : parsed.result.releases.map(lineOf);
  const ends: Record<string, string> = {};
  for (const line of lines) {
    const end = servedLonger.has(product) ? (line.extended ?? line.ends) : line.ends;
    const name = keyOf(product, line);
    if (end === null || name === null) continue;
    // Windows lists editions of one build apart: people are safe until the shortest ends.
    const former = ends[name];
    ends[name] = former === undefined || end < former ? end : former;
  }
  if (Object.keys(ends).length === 0) throw new Error("it names no end of support");
  return ends;
}

/** Windows cycles are marketing names; the device reports the build. */
function keyOf(product: string, line: Line): string | null {
  if (!product.startsWith("windows")) return line.name;
  return /^10\.0\.(\d{5})/.exec(line.latest ?? "")?.[1] ?? null;
}

function lineOfCycle(from: z.infer<typeof cycle>): Line {
  return {
    name: from.cycle,
    ends: dayOf(from.eol),
    extended: dayOf(from.extendedSupport),
    latest: from.latest ?? null,
  };
}

function lineOf(from: z.infer<typeof release>): Line {
  return {
    name: from.name,
    ends: dayOf(from.eolFrom),
    extended: dayOf(from.eoesFrom),
    latest: from.latest?.name ?? null,
  };
}

/** `true` says that it has ended without saying when: long ago is near enough. */
function dayOf(value: string | boolean | null | undefined): string | null {
  if (value === true) return "2000-01-01";
  return typeof value === "string" && day.test(value) ? value : null;
}
