/** What gateways confirm after a step that closes: the effect of the step, and its time. */
import { type LiveRemoval, liveRemoval } from "#shared/protocol/api/live.ts";
import { type CommandContext, apiOf } from "./command-context.ts";
import { apiAccessOf } from "./environment.ts";
import { type LiveStream, openLive } from "./live-stream.ts";

const confirmedWithinMs = 2_000;

/** A step with what came of it. */
export interface Closed<T> {
  readonly answer: T;
  /** How long the controller needed. */
  readonly tookMs: number;
  readonly removals: readonly LiveRemoval[];
}

/** Takes a step that closes accesses of these devices; that nobody can watch it does not stop it. */
export async function closing<T>(
  context: CommandContext,
  devices: readonly string[],
  step: () => Promise<T>,
): Promise<Closed<T>> {
  const expected = await gatewaysOf(context, devices).catch(() => new Set<string>());
  const access = apiAccessOf(context.environment);
  const live = expected.size === 0 ? null : await openLive(access).catch(() => null);
  const begunAt = performance.now();
  try {
    const answer = await step();
    const tookMs = performance.now() - begunAt;
    const removals = live === null ? [] : await confirmed(live, expected);
    return { answer, tookMs, removals };
  } finally {
    live?.close();
  }
}

/** Takes a step that closes nothing, and measures it. */
export async function measured<T>(step: () => Promise<T>): Promise<Closed<T>> {
  const begunAt = performance.now();
  const answer = await step();
  return { answer, tookMs: performance.now() - begunAt, removals: [] };
}

/** Returns the answer of a step with how long it took and what it closed. */
export function closedData<T extends object>({ answer, tookMs, removals }: Closed<T>) {
  return { ...answer, tookMs: Math.round(tookMs), removals };
}

/** Says what came of it, one line a gateway. */
export function closedText({ tookMs, removals }: Omit<Closed<unknown>, "answer">): string {
  const lines = removals.map(
    ({ gateway, removed, tookMs: there }) =>
      `${gateway} closed ${removed} access${removed === 1 ? "" : "es"} in ${msText(there)}`,
  );
  return [`done in ${msText(tookMs)}`, ...lines].join("\n");
}

function msText(ms: number): string {
  return `${Math.max(1, Math.round(ms))} ms`;
}

/** Gateways that hold leases of the devices now. */
async function gatewaysOf(
  context: CommandContext,
  devices: readonly string[],
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const device of devices) {
    const { items } = await apiOf(context).ask("GET /grants", { query: { device, limit: 1_000 } });
    for (const { gateway } of items) names.add(gateway);
  }
  return names;
}

async function confirmed(
  live: LiveStream,
  expected: ReadonlySet<string>,
): Promise<readonly LiveRemoval[]> {
  const told = new Map<string, LiveRemoval>();
  const late = setTimeout(() => live.close(), confirmedWithinMs);
  try {
    for await (const { event, data } of live.events()) {
      const one = event === "removal" ? liveRemoval.safeParse(data).data : undefined;
      if (one === undefined || !expected.has(one.gateway)) continue;
      const former = told.get(one.gateway);
      told.set(one.gateway, {
        gateway: one.gateway,
        removed: (former?.removed ?? 0) + one.removed,
        tookMs: Math.max(former?.tookMs ?? 0, one.tookMs),
      });
      if (told.size === expected.size) break;
    }
  } finally {
    clearTimeout(late);
  }
  return [...told.values()];
}
