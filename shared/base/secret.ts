const redacted = "[secret]";

/** Wraps a value that must never reach a log: it redacts itself in JSON, templates and inspection. */
export interface Secret<T> {
  /** Returns the wrapped value; call it only where the value is used. */
  reveal(): T;
  toJSON(): string;
  toString(): string;
}

/** Returns the value wrapped so that `JSON.stringify`, templates and `util.inspect` show no content. */
export function secret<T>(value: T): Secret<T> {
  return { reveal: () => value, toJSON: () => redacted, toString: () => redacted };
}
