import { createServer } from "node:net";

/**
 * False while another process of this machine that asked for the same name lives. The name is an abstract
 * socket, which the kernel takes back however its process ends.
 */
export function isOnlyRun(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(`\0sallyport-only-${name}`, () => {
      server.unref();
      resolve(true);
    });
  });
}
