/** Turns the options of `policy simulate` into the request of the API. */
import { CodedError } from "#shared/base/coded-error.ts";
import type { BodyOf } from "#shared/protocol/api/contract.ts";
import { readSetFiles } from "./documents.ts";

type FactValue = NonNullable<BodyOf<"POST /policies/simulate">["facts"]>[string];

/** What may be given. */
export interface SimulateOptions {
  readonly from?: string;
  readonly device?: string;
  readonly fact?: readonly string[];
  readonly group?: readonly string[];
  readonly tag?: readonly string[];
  readonly serviceAccount?: string;
  readonly user?: string;
  readonly strength?: "single" | "mfa" | "phishing_resistant";
  readonly elevation?: readonly string[];
  readonly risk?: string;
  readonly country?: string;
  readonly at?: string;
  readonly resource?: string;
}

/** Returns the request; throws SP-703 where an option cannot be read. */
export function simulationBody(
  files: readonly string[],
  options: SimulateOptions,
): BodyOf<"POST /policies/simulate"> {
  const { from, device, fact = [], group, tag, resource, at } = options;
  const { user, strength, elevation, risk, country, serviceAccount } = options;
  const points = Number(risk ?? 0);
  if (risk === "" || !Number.isInteger(points) || points < 0 || points > 100) {
    throw new CodedError("SP-703", { why: "--risk takes whole points from 0 to 100" });
  }
  return {
    ...(files.length === 0 && from === undefined ? {} : { files: readSetFiles({ files, from }) }),
    ...(device === undefined ? {} : { device }),
    ...(resource === undefined ? {} : { resource }),
    ...(at === undefined ? {} : { at }),
    facts: Object.fromEntries(fact.map(readFact)),
    ...(group === undefined ? {} : { groups: group }),
    ...(tag === undefined ? {} : { tags: tag }),
    ...(serviceAccount === undefined ? {} : { serviceAccount }),
    ...(user === undefined ? {} : { user: { id: user, groups: group ?? [], acr: strength } }),
    ...(elevation === undefined ? {} : { elevations: elevation.map((role) => ({ role })) }),
    ...(risk === undefined ? {} : { risk: { session: points, identity: points } }),
    ...(country === undefined ? {} : { net: { country } }),
  };
}

/** Values are written as JSON; what is no JSON is text. */
function readFact(text: string): readonly [signal: string, value: FactValue] {
  const [, signal, value = ""] = /^([a-z][a-z0-9_.]*)=(.+)$/.exec(text) ?? [];
  if (signal === undefined) {
    throw new CodedError("SP-703", { why: `\`${text}\` is not of the form signal=value` });
  }
  try {
    return [signal, JSON.parse(value) as FactValue];
  } catch (error) {
    if (error instanceof SyntaxError) return [signal, value];
    throw error;
  }
}
