/** How far long work has come, on stderr: a line that grows on a terminal, else one for each tenth. */
import type { CommandContext } from "./command-context.ts";

/** Work below this needs no word. */
const quietMs = 1_000;
const barWidth = 20;

/** Tells how far it has come. */
export interface Progress {
  at(done: number): void;
  end(): void;
}

/** Returns a progress over `total` things; says nothing with `--json`. */
export function makeProgress(context: CommandContext, what: string, total: number): Progress {
  const { streams, json } = context;
  const begunAt = context.nowAt();
  const terminal = streams.terminal === true;
  let [tenth, shown] = [0, false];
  return {
    at(done) {
      const tookMs = context.nowAt() - begunAt;
      if (json || tookMs < quietMs || total === 0) return;
      const now = Math.floor((done * 10) / total);
      if (!terminal && now === tenth) return;
      tenth = now;
      shown = true;
      const filled = "#".repeat(Math.round((done * barWidth) / total)).padEnd(barWidth, ".");
      const line = `${what} [${filled}] ${done}/${total} ${(tookMs / 1000).toFixed(1)} s`;
      streams.talk(terminal ? `\r${line}` : `${line}\n`);
    },
    end() {
      if (shown && terminal) streams.talk("\n");
    },
  };
}

/** Waits for one long answer; on a terminal it says for how long it has waited. */
export async function waiting<T>(
  context: CommandContext,
  what: string,
  answer: Promise<T>,
): Promise<T> {
  const { streams, json } = context;
  if (json || streams.terminal !== true) return answer;
  const begunAt = context.nowAt();
  let shown = false;
  const timer = setInterval(() => {
    shown = true;
    streams.talk(`\r${what} … ${Math.round((context.nowAt() - begunAt) / 1000)} s`);
  }, quietMs);
  try {
    return await answer;
  } finally {
    clearInterval(timer);
    if (shown) streams.talk("\n");
  }
}
