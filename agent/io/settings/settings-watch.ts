/** Reads the settings again and again, so that a change applies without a restart. */
import { CodedError } from "#shared/base/coded-error.ts";
import type { Configuration } from "./configuration.ts";

/** Well under the minute that is promised; on Windows each look starts two programs. */
const lookEveryMs = process.platform === "win32" ? 40_000 : 15_000;

/** What is watched and who hears of it. */
export interface SettingsWatch {
  readonly first: Configuration;
  readonly read: () => Promise<Configuration>;
  readonly changed: (configuration: Configuration) => void;
  readonly everyMs?: number;
}

/** Starts looking; returns what ends it. A broken file keeps what was read before, and is told. */
export function watchSettings({ first, read, changed, everyMs }: SettingsWatch): () => void {
  let last = first;
  let told = JSON.stringify(first);
  let reading = false;
  const look = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    const now = await read().catch((error: unknown) => withProblem(last, error));
    reading = false;
    const text = JSON.stringify(now);
    if (text === told) return;
    last = now;
    told = text;
    changed(now);
  };
  const timer = setInterval(() => void look(), everyMs ?? lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

function withProblem(last: Configuration, error: unknown): Configuration {
  if (!(error instanceof CodedError)) throw error;
  const { code, params } = error;
  const others = last.settings.problems.filter(
    (problem) => problem.params["name"] !== params["name"],
  );
  return { ...last, settings: { ...last.settings, problems: [...others, { code, params }] } };
}
