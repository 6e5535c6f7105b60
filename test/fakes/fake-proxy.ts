/**
 * An HTTP proxy that carries CONNECT and notes to where; `refuse` answers 407 instead, `says` puts
 * bytes of its own before the server's.
 */
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** A running fake. */
export interface FakeProxy {
  readonly url: string;
  readonly targets: readonly string[];
  close(): Promise<void>;
}

/** Starts a proxy on the loopback. */
export async function startFakeProxy(
  options: { readonly refuse?: boolean; readonly says?: string } = {},
): Promise<FakeProxy> {
  const targets: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on("connection", (socket) => open.add(socket));
  server.on("connect", (request, client) => {
    const target = request.url ?? "";
    targets.push(target);
    if (options.refuse === true) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    const { hostname, port } = new URL(`tcp://${target}`);
    const upstream = connect(Number(port), hostname, () => {
      client.write(`HTTP/1.1 200 Connection established\r\n\r\n${options.says ?? ""}`);
      upstream.pipe(client).pipe(upstream);
    });
    open.add(upstream);
    for (const end of [client, upstream]) end.on("error", () => undefined);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
