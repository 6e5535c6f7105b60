import { createLogger, format, transports } from "winston";
import type { Log, LogLevel } from "../ports.ts";

/** A log whose level may change while it is written. */
export interface OpenLog extends Log {
  setLevel(level: LogLevel): void;
}

/** Returns a log that writes JSON lines with both clocks to stderr. */
export function openLog(level: LogLevel): OpenLog {
  const stamp = format((info) => {
    info["timestamp"] = new Date().toISOString();
    info["monotonicMs"] ??= Number(process.hrtime.bigint()) / 1e6;
    return info;
  });
  const logger = createLogger({
    level,
    format: format.combine(stamp(), format.json()),
    transports: [new transports.Stream({ stream: process.stderr })],
  });
  return {
    write: (at, message, fields = {}) => {
      logger.log({ ...fields, level: at, message });
    },
    setLevel: (to) => {
      logger.level = to;
    },
  };
}
