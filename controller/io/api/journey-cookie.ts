/** The cookie that ties a sign-in's way back to the browser that left (login CSRF). */
import { journeySeconds } from "../sign-in/journeys.ts";
import { cookieValue } from "./session-cookie.ts";

const cookieName = "__Host-sallyport-journey";
// Lax: the way back begins on the provider's page.
const traits = "Path=/; Secure; HttpOnly; SameSite=Lax";

/** Returns the header that hands the secret over. */
export function journeyCookieOf(secret: string): string {
  return `${cookieName}=${secret}; ${traits}; Max-Age=${journeySeconds}`;
}

/** The header that takes it back. */
export const endedJourneyCookie = `${cookieName}=; ${traits}; Max-Age=0`;

/** Returns the secret of a request's cookies, or null. */
export function journeySecretOf(header: string | undefined): string | null {
  return cookieValue(header, cookieName);
}
