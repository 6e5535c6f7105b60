/** The command line's way to the running agent and, for root, to netd itself. */
import { CodedError } from "#shared/base/coded-error.ts";
import { errorTable, type ErrorCode } from "#shared/base/errors.ts";
import type { Places } from "../io/places.ts";
import { type Exchange, type ExchangeAnswer, openExchange } from "./exchange.ts";

/**
 * Opens the local socket, which netd holds for the agent; throws SP-401 where no netd listens,
 * later SP-406 where no agent answers behind it, and SP-411 where too many ask at once.
 */
export function openAgent(places: Places): Promise<Exchange> {
  const socket = places.localSocket;
  return openExchange(socket, {
    absent: (why) => new CodedError("SP-401", { socket, why }),
    ended: (why) => new CodedError("SP-406", { socket, why }),
    busy: () => new CodedError("SP-411", { socket }),
  });
}

/** Opens netd's own socket, which only root and the agent may; throws SP-401. */
export async function openNetdAsRoot(places: Places): Promise<Exchange> {
  const socket = places.netdSocket;
  const away = (why: string): CodedError => new CodedError("SP-401", { socket, why });
  const busy = (): CodedError => away("it has too many callers");
  const netd = await openExchange(socket, { absent: away, ended: away, busy });
  requireOk(await netd.ask("hello", { protocol: 1, write: false }), "hello");
  return netd;
}

/** Asks the agent one thing and returns its answer; throws the failure that it names. */
export async function askAgent(
  places: Places,
  verb: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<ExchangeAnswer> {
  const agent = await openAgent(places);
  try {
    return requireOk(await agent.ask(verb, fields), verb);
  } finally {
    agent.close();
  }
}

/** Returns a good answer; throws the coded failure of a bad one. */
export function requireOk(answer: ExchangeAnswer, what: string): ExchangeAnswer {
  if (answer.ok) return answer;
  const code = answer.error?.code ?? "";
  if (isErrorCode(code)) throw new CodedError(code, paramsOf(answer.error?.["params"]));
  const why = `${what}: ${answer.error?.detail ?? "no reason given"}`;
  throw new CodedError("SP-405", { code, why });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}

function paramsOf(value: unknown): Record<string, string | number | boolean> {
  const params: Record<string, string | number | boolean> = {};
  if (typeof value !== "object" || value === null) return params;
  for (const [name, member] of Object.entries(value)) {
    if (["string", "number", "boolean"].includes(typeof member)) {
      params[name] = member as string | number | boolean;
    }
  }
  return params;
}
