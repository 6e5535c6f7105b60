import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { placesOf } from "./places.ts";

test("an installation on Windows lives in the folder for data of all users, and behind pipes", () => {
  expect(placesOf({ ProgramData: "D:\\Data" }, "win32")).toEqual({
    config: "D:\\Data\\Sallyport\\agent.yaml",
    managed: "D:\\Data\\Sallyport\\managed.d",
    state: "D:\\Data\\Sallyport\\state\\agent",
    netdSocket: "\\\\.\\pipe\\ProtectedPrefix\\Administrators\\sallyport-netd",
    agentSocket: "\\\\.\\pipe\\ProtectedPrefix\\Administrators\\sallyport-agent",
    localSocket: "\\\\.\\pipe\\ProtectedPrefix\\Administrators\\sallyport",
  });
});

test("CVE-2025-4660: each pipe has a name that administrators alone may serve, netd's own", () => {
  const source = readFileSync("native/cmd/sallyport-netd/serve_windows.go", "utf8");
  const served = [...source.matchAll(/^\t\w+Pipe +=.*`(\\\\.+)`$/gm)].map(([, name]) => name);
  const { netdSocket, agentSocket, localSocket } = placesOf({}, "win32");
  expect(served).toEqual([netdSocket, agentSocket, localSocket]);
  for (const name of served)
    expect(name).toMatch(/^\\\\\.\\pipe\\ProtectedPrefix\\Administrators\\/);
});

test("an installation on macOS lives where its package puts it", () => {
  expect(placesOf({}, "darwin")).toMatchObject({
    config: "/Library/Application Support/Sallyport/agent.yaml",
    state: "/Library/Application Support/Sallyport/state/agent",
    netdSocket: "/var/run/sallyport/netd.sock",
    localSocket: "/var/run/sallyport/local.sock",
  });
});
