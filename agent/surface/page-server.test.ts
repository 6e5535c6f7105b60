import { request as ask } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  closedResource,
  openResource,
  playAgent,
  type PlayedAgent,
  statusOf,
} from "../../test/fakes/surface-samples.ts";
import { openPageServer, type PageServer } from "./page-server.ts";

let agent: PlayedAgent;
let server: PageServer;
let page: URL;
beforeEach(async () => {
  agent = playAgent(statusOf("narrowed", [openResource("wiki"), closedResource("db-prod")]));
  server = await openPageServer(agent);
  const { location } = await get(new URL(server.link()));
  page = new URL(location, server.link());
});
afterEach(() => server.close());

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly location: string;
  readonly policy: string;
}

/** fetch() would not let a test forge the headers that this is about. */
function get(url: URL, more: { method?: string; headers?: object; body?: string } = {}) {
  const { method = "GET", headers = {}, body = "" } = more;
  return new Promise<Answer>((resolve, reject) => {
    const sent = ask(url, { method, headers: { ...headers }, agent: false }, (response) => {
      let text = "";
      response.on("data", (bytes: Buffer) => (text += bytes.toString()));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          body: text,
          location: response.headers.location ?? "",
          policy: String(response.headers["content-security-policy"]),
        }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Returns the status that a request with these very lines gets. */
async function statusOfRaw(lines: string): Promise<string | undefined> {
  const socket = connect(Number(page.port), page.hostname);
  socket.end(`GET ${page.pathname} HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`);
  const answer = Buffer.concat(await socket.toArray()).toString();
  return answer.split(" ")[1];
}

test("shows state, blocked with its fix, what was read, and what was shared", async () => {
  const { status, body, policy } = await get(page);
  expect(status).toBe(200);
  expect(policy).toContain("default-src 'none'");
  for (const part of [
    "1 blocked: db-prod: the firewall is off",
    "Switch on a firewall.",
    "sudo ufw enable",
    "everybody on this network can knock",
    "Reference 7QK2-M4XE",
    "✔ open",
    "could not be checked: it may not be read",
    "<td>the system</td>",
    "A machine without one is easier to copy.",
    "managed, locked",
    "Never collected",
  ]) {
    expect(body).toContain(part);
  }
  expect(body).not.toContain("LogLevel");
});

test("what machines write is said in words: code, codes and instants", async () => {
  const warnings = [
    { code: "SP-406", title: "Lost", detail: "since 2026-11-24T08:00:00.000Z", fix: "run `a b`" },
  ];
  agent.set(statusOf("narrowed", [closedResource("db-prod")], { warnings }));
  const { body } = await get(page);
  expect(body).toContain("run <code>a b</code>");
  const seen = body.replaceAll(/<time [^>]*>/g, "").replaceAll(/<pre[^]*?<\/pre>/g, "");
  expect(seen).not.toMatch(/`|T08:00|\d\dT\d\d:/);
  expect(seen).not.toMatch(/no_data|permission|stepUp/);
  expect(body).toMatch(/<time datetime="2026-11-24T14:02:11.320Z" title="[^"]+ UTC" data-ago>/);
});

test("whatever was shared stays text, and all of it is in the download", async () => {
  expect((await get(page)).body).toContain("&lt;b&gt;stopping&lt;/b&gt;");
  const { body } = await get(new URL("shared.json", page));
  expect(JSON.parse(body)).toMatchObject([
    { message: { reason: "<b>stopping</b>" } },
    { message: { kind: "hello" } },
  ]);
});

test("what this machine cannot tell of what was shared is said, with whom to ask", async () => {
  const supportUrl = "https://help.example.com/";
  agent.set(statusOf("connected", [], { managedBy: "Example Corp", supportUrl }));
  const shared = (await get(page)).body.split('<section id="shared">')[1]?.split("</section>")[0];
  const text = shared?.replaceAll(/\s+/g, " ");
  expect(text).toContain("How long Example Corp keeps it, this machine is not told.");
  expect(text).toContain('audit log, and not here. Ask here: <a href="https://help.example.com/"');
});

test("a download that breaks off is not taken for the whole of it", async () => {
  const shared = agent.shared.bind(agent);
  const lost = () => Promise.reject(new Error("the agent went away"));
  agent.shared = (asked) => (asked.skip === undefined ? shared(asked) : lost());
  await expect(get(new URL("shared.json", page))).rejects.toThrow(/aborted|hang up/);
});

test("buttons do what they say, and say what came of it once", async () => {
  const pressed = await get(new URL("recheck", page), { method: "POST" });
  expect(pressed.status).toBe(303);
  await get(new URL("down", page), { method: "POST", body: "reason=the+hotel" });
  expect(agent.acts).toEqual(["recheck", "down: the hotel"]);
  expect((await get(page)).body).toContain("did down");
  expect((await get(page)).body).not.toContain("did down");
});

test("who has to sign in finds the way on the page, with the code that the other page must show", async () => {
  await get(new URL("login", page), { method: "POST" });
  const { body } = await get(page);
  expect(body).toContain("the code WDJB-MJHT");
  expect(body).toContain('href="https://controller.example/"');
  await get(new URL("portal", page), { method: "POST" });
  expect((await get(page)).body).toContain('href="http://hotel.example/"');
  expect((await get(new URL("unenrol", page), { method: "POST" })).status).toBe(404);
  agent.set(statusOf("connected", [], { session: { state: "valid", user: "mara@example.com" } }));
  expect((await get(page)).body).toContain("Sign out mara@example.com");
});

test("what is locked is shown so, and has no button", async () => {
  const disconnect = { down: false, allowed: false, needsReason: false };
  agent.set(statusOf("connected", [], { disconnect, managedBy: "Example Corp" }));
  const { body } = await get(page);
  expect(body).toContain("Disconnect: managed by Example Corp");
  expect(body).not.toContain('action="down"');
});

test("says so when the agent is gone", async () => {
  agent.set(null);
  const { body } = await get(page);
  expect(body).toContain("Protection is NOT working");
  expect(body).toContain('role="alert"');
  // What nobody can tell is not called nothing.
  expect(body).not.toMatch(/Nothing was sent|Nothing is set|Nothing is known/);
});

describe("who has no link gets nothing", () => {
  test("a link opens once", async () => {
    const link = new URL(server.link());
    expect((await get(link)).status).toBe(303);
    expect((await get(link)).status).toBe(403);
  });

  test.each(["", "page.css", "shared.json", "changes", "open/", "open/guess"])(
    "not at /%s",
    async (path) => {
      const { status, body } = await get(new URL(`/${path}`, page));
      expect(status).toBe(403);
      expect(body).not.toContain("db-prod");
    },
  );

  test("CVE-2022-41924: a browser that was led here by another name is refused", async () => {
    for (const host of [
      "localhost",
      `evil.test:${page.port}`,
      `127.0.0.1.evil.test:${page.port}`,
    ]) {
      expect((await get(page, { headers: { host } })).status).toBe(403);
    }
  });

  test("a request with two Host lines is refused, whichever of them is ours", async () => {
    const other = "evil.test";
    for (const [first, second] of [
      [page.host, other],
      [page.host, page.host],
      [other, page.host],
    ] as const) {
      expect(await statusOfRaw(`Host: ${first}\r\nHost: ${second}\r\n`)).toBe("400");
    }
    // Control: the same request with one.
    expect(await statusOfRaw(`Host: ${page.host}\r\n`)).toBe("200");
  });

  test("another site's page can neither read nor press a button", async () => {
    for (const headers of [
      { origin: "https://evil.test" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" },
    ]) {
      const forged = await get(new URL("down", page), { method: "POST", headers });
      expect(forged.status).toBe(403);
    }
    expect(agent.acts).toEqual([]);
    // Control: a person who follows a link in a file or a mail.
    const led = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect((await get(page, { headers: led })).status).toBe(200);
  });

  test("another machine does not reach it", async () => {
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((one) => one?.internal === false && one.family === "IPv4");
    for (const { address } of others as { address: string }[]) {
      await expect(get(new URL(`http://${address}:${page.port}/`))).rejects.toThrow(/ECONNREFUSED/);
    }
  });
});

test("a body that is too long is not read", async () => {
  const { status } = await get(new URL("down", page), { method: "POST", body: "x".repeat(9_000) });
  expect(status).toBe(413);
  expect(agent.acts).toEqual([]);
});

test("tells an open page that something changed", async () => {
  const told = Promise.withResolvers<string>();
  const request = ask(new URL("changes", page), { agent: false }, (response) => {
    response.on("data", (bytes: Buffer) => {
      if (bytes.toString().trim() !== "") told.resolve(bytes.toString());
      else agent.set(statusOf("connected"));
    });
    response.on("error", () => undefined);
  });
  request.end();
  expect(await told.promise).toBe("event: changed\ndata:\n\n");
  request.destroy();
});
