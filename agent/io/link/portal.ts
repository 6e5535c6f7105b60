/** Whether a captive portal stands between us and the controller. */
import { get } from "node:http";

const timeoutMs = 3_000;
const networkAuthenticationRequired = 511;

/**
 * Asks the controller's host for a page in clear, as a browser would, and returns where it was sent
 * instead (null: nowhere else). Nothing of ours is in the question, and no answer opens anything.
 */
export function findPortal(host: string, port = 80): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const asked = get({ host, port, path: "/", agent: false, timeout: timeoutMs }, (response) => {
    response.destroy();
    const { statusCode = 0, headers } = response;
    const sentTo = elsewhere(headers.location, host);
    const ours = statusCode === networkAuthenticationRequired ? `http://${host}/` : null;
    resolve(sentTo ?? ours);
  });
  asked.on("timeout", () => asked.destroy());
  asked.on("error", () => resolve(null));
  return promise;
}

function elsewhere(location: string | undefined, host: string): string | null {
  if (location === undefined || !URL.canParse(location)) return null;
  const { protocol, hostname, href } = new URL(location);
  const web = protocol === "http:" || protocol === "https:";
  return web && hostname.replace(/^\[|\]$/g, "") !== host ? href.slice(0, 256) : null;
}
