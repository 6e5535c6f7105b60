/**
 * Fetches from addresses outside alone. The address is judged where it is connected to, so a name
 * that answers otherwise the second time gains nothing; redirects are answers like any other.
 */
import { lookup } from "node:dns";
import { request as requestPlain } from "node:http";
import { type RequestOptions, request as requestTls } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { getCACertificates } from "node:tls";
import type { Cidr } from "#shared/net/cidr.ts";
import { isOutward } from "./outward-address.ts";

const timeoutMs = 10_000;
const answerBytesMax = 1024 * 1024;

/** One request; redirects are not followed. */
export interface OutwardRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** Asks an address outside; rejects where it is another, or nothing came in time. */
export type OutwardFetch = (url: string, options: OutwardRequest) => Promise<Response>;

/** Returns a fetch that reaches the outside and the prefixes that the operator named. */
export function makeOutwardFetch(allowed: readonly Cidr[]): OutwardFetch {
  const judgedLookup: LookupFunction = (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, "");
      const [inside] = addresses.filter(({ address }) => !isOutward(address, allowed));
      const [first] = addresses;
      if (inside !== undefined || first === undefined) return done(refusal(host), "");
      if (options.all === true) return done(null, addresses);
      return done(null, first.address, first.family);
    });
  };
  let authorities: string[] | undefined;
  return async (text, { method, headers, body }) => {
    const url = new URL(text);
    refuseUrl(url, allowed);
    const secure = url.protocol === "https:";
    const signal = AbortSignal.timeout(timeoutMs);
    const options: RequestOptions = { method, headers, lookup: judgedLookup, signal, agent: false };
    if (secure) {
      authorities ??= [...getCACertificates("default"), ...getCACertificates("system")];
      options.ca = authorities;
    }
    return exchange(url, options, body);
  };
}

/** Throws where a URL can be told to be wrong without asking anybody. */
function refuseUrl(url: URL, allowed: readonly Cidr[]): void {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const here = host === "localhost" || host === "::1" || /^127(\.\d+){3}$/.test(host);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && here)) {
    throw new Error(`${url.origin} is no https address`);
  }
  if (url.username !== "" || url.password !== "") throw new Error("its address holds a password");
  if (isIP(host) !== 0 && !isOutward(host, allowed)) throw refusal(host);
}

function refusal(host: string): Error {
  const how = "name its prefix by `serve --identity-provider-net` if it shall be asked";
  return new Error(`${host} is an address of this host or the network around it; ${how}`);
}

function exchange(url: URL, options: RequestOptions, body?: string): Promise<Response> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? requestTls : requestPlain;
    const asked = send(url, options, (answer) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      answer.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes > answerBytesMax) asked.destroy(new Error("the answer is too large"));
        else parts.push(part);
      });
      answer.on("error", reject);
      answer.on("end", () => {
        const { statusCode: status = 502, headers } = answer;
        const shown = Object.entries(headers).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]);
        const content = [204, 304].includes(status) ? null : Buffer.concat(parts);
        resolve(new Response(content, { status, headers: shown }));
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
