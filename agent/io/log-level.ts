import type { LogLevel } from "../ports.ts";

/** All levels, most severe first. */
const logLevels: readonly LogLevel[] = ["error", "warn", "info", "debug"];

/** Returns the level of that name, or null. */
export function parseLogLevel(text: string): LogLevel | null {
  return logLevels.find((level) => level === text) ?? null;
}
