import { createLogger, format, transports } from "winston";
import type { Log, LogLevel } from "../ports.ts";

const levels: readonly LogLevel[] = ["error", "warn", "info", "debug"];

/** A log whose level can be changed while it runs. */
export interface ServiceLog extends Log {
  setLevel(level: LogLevel): void;
}

/** Returns a log that writes JSON lines with both clocks to stderr. */
export function openLog(level: LogLevel): ServiceLog {
  const stamp = format((info) => {
    info["timestamp"] = new Date().toISOString();
    info["monotonicMs"] ??= Number(process.hrtime.bigint()) / 1e6;
    return info;
  });
  const logger = createLogger({
    level,
    format: format.combine(stamp(), format.json()),
    transports: [new transports.Console({ stderrLevels: [...levels] })],
  });
  return {
    write: (at, message, fields = {}) => {
      logger.log({ ...fields, level: at, message });
    },
    setLevel: (next) => {
      logger.level = next;
    },
  };
}

/** Returns the level of that name, or null. */
export function parseLogLevel(text: string): LogLevel | null {
  return levels.find((level) => level === text) ?? null;
}
