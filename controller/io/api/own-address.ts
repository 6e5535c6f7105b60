/** Under which addresses the console and API are reached: what a browser says it asks must be one of them. */

/** Addresses of this API. */
export interface OwnAddress {
  /** As people open the console: `https://host:port`. */
  origin(): string;
  /** Whether a Host header is ours: a number, `localhost`, or the name of the origin. */
  isOwn(host: string): boolean;
  /** Told once the port is known. */
  bound(port: number): void;
}

/** Returns the addresses; without an `origin` it is this host's own, by name, since passkeys need one. */
export function makeOwnAddress(options: {
  readonly origin?: string | undefined;
  readonly secure: boolean;
}): OwnAddress {
  let origin = options.origin ?? "";
  const named = options.origin === undefined ? null : new URL(options.origin).hostname;
  return {
    origin: () => origin,
    isOwn(host) {
      const name = host.replace(/:\d+$/, "").toLowerCase();
      const numeric = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]+\])$/.test(name);
      return numeric || name === "localhost" || name === named;
    },
    bound(port) {
      if (origin === "") origin = `${options.secure ? "https" : "http"}://localhost:${port}`;
    },
  };
}
