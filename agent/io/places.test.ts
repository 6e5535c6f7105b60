import { expect, test } from "vitest";
import { placesOf } from "./places.ts";

test("an installation on Windows lives in the folder for data of all users, and behind pipes", () => {
  expect(placesOf({ ProgramData: "D:\\Data" }, "win32")).toEqual({
    config: "D:\\Data\\Sallyport\\agent.yaml",
    managed: "D:\\Data\\Sallyport\\managed.d",
    state: "D:\\Data\\Sallyport\\state\\agent",
    netdSocket: "\\\\.\\pipe\\ProtectedPrefix\\Administrators\\sallyport-netd",
    agentSocket: "\\\\.\\pipe\\ProtectedPrefix\\Administrators\\sallyport-agent",
    localSocket: "\\\\.\\pipe\\sallyport",
  });
});

test("an installation on macOS lives where its package puts it", () => {
  expect(placesOf({}, "darwin")).toMatchObject({
    config: "/Library/Application Support/Sallyport/agent.yaml",
    state: "/Library/Application Support/Sallyport/state/agent",
    netdSocket: "/var/run/sallyport/netd.sock",
    localSocket: "/var/run/sallyport/local.sock",
  });
});
