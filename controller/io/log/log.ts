/** The service log: JSON lines on stderr. Decisions never go here; they have a log of their own. */
import winston from "winston";
import type { Clock } from "../../ports/clock.ts";
import type { Log, LogFields } from "../../ports/log.ts";
import type { LogLevel } from "./log-level.ts";

/** Where and how the log is written. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly clock: Pick<Clock, "monotonicMs" | "nowAt">;
  readonly stream?: NodeJS.WritableStream | undefined;
}

/** Returns the log; `timestamp` and `monotonicMs` are added where the fields do not name them. */
export function makeLog({ level, clock, stream = process.stderr }: LogOptions): Log {
  const logger = winston.createLogger({
    level,
    transports: [new winston.transports.Stream({ stream })],
    format: winston.format.printf(({ level, message, fields }) =>
      JSON.stringify({
        level,
        message,
        timestamp: new Date(clock.nowAt()).toISOString(),
        monotonicMs: clock.monotonicMs(),
        ...(fields as LogFields | undefined),
      }),
    ),
  });
  const write = (level: LogLevel) => (message: string, fields?: LogFields) => {
    logger.log({ level, message, fields });
  };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
}
