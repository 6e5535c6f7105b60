/** The cookie of the console: a secret of 32 random bytes that only this host's pages carry back. */
import { randomBytes } from "node:crypto";

/** The prefix binds it to this very host, without a domain, for secure contexts only. */
const cookieName = "__Host-sallyport";

const sessionSeconds = 8 * 3_600;

/** How long a session lasts at most. */
export const sessionMs = sessionSeconds * 1_000;

/** Returns a new secret of a session or a link. */
export function makeSessionSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** Returns the header that hands the secret over. */
export function cookieOf(secret: string): string {
  return `${cookieName}=${secret}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=${sessionSeconds}`;
}

/** The header that takes it back. */
export const endedCookie = `${cookieName}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0`;

/** Returns the secret of a request's cookies, or null where there is none, or two of the name. */
export function secretOf(header: string | undefined): string | null {
  return cookieValue(header, cookieName);
}

/** Returns the value of a cookie of ours, or null where there is none, or two of the name. */
export function cookieValue(header: string | undefined, name: string): string | null {
  const values = (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  const [secret] = values;
  return values.length === 1 && secret !== undefined && /^[\w-]{43}$/.test(secret) ? secret : null;
}
