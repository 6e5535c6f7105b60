// A POST from a chosen source address: the controller limits joining per address, and a bench has
// many devices behind one machine.
import { Agent, request } from "node:https";
import { tlsOptions } from "../../agent/io/link/server-identity.ts";

/** What came back, unparsed. */
export interface PostAnswer {
  readonly status: number;
  readonly text: string;
}

const timeoutMs = 30_000;

/** One request on a connection of its own; rejects when there is no answer in 30 s. */
export function postFrom(
  url: URL,
  body: object,
  from: { readonly rootPem: string; readonly localAddress: string },
): Promise<PostAnswer> {
  const text = JSON.stringify(body);
  const agent = new Agent({ ...tlsOptions({ rootPem: from.rootPem }), keepAlive: false });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  return new Promise((resolve, reject) => {
    const { localAddress } = from;
    const options = { method: "POST", agent, headers, localAddress, timeout: timeoutMs };
    const sent = request(url, options, (response) => {
      let answer = "";
      response.setEncoding("utf8").on("data", (part: string) => (answer += part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text: answer }));
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    sent.on("error", reject);
    sent.end(text);
  });
}
