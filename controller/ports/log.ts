/** Fields of a log line: values only, never secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The service log: fixed texts, values as fields; adds timestamp and monotonicMs itself where absent in `fields`. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
