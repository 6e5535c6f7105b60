/** Whether a captive portal stands between us and the controller. */
import { lookup } from "node:dns/promises";
import { get } from "node:http";
import { isIP } from "node:net";

const timeoutMs = 3_000;
const networkAuthenticationRequired = 511;

/** A sign-in page and where the network's resolver says that it is. */
export interface Portal {
  readonly page: string;
  readonly address: string;
  readonly port: number;
}

/**
 * Asks the controller's host for a page in clear, as a browser would, and returns where it was sent
 * instead (null: nowhere else). Nothing of ours is in the question, and no answer opens anything.
 */
export async function findPortal(host: string, port = 80): Promise<Portal | null> {
  const page = await pageInstead(host, port);
  if (page === null) return null;
  const url = new URL(page);
  const name = url.hostname.replace(/^\[|\]$/g, "");
  const address = isIP(name) === 0 ? await addressOf(name) : name;
  if (address === null) return null;
  const usual = url.protocol === "https:" ? 443 : 80;
  return { page, address, port: url.port === "" ? usual : Number(url.port) };
}

async function addressOf(name: string): Promise<string | null> {
  try {
    return (await lookup(name)).address;
  } catch {
    // A page that cannot be found is no page to sign in at.
    return null;
  }
}

function pageInstead(host: string, port: number): Promise<string | null> {
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
