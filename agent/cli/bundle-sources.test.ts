import { expect, test } from "vitest";
import { sourcesOf } from "./bundle-sources.ts";

const everywhere = (["linux", "darwin", "windows"] as const).map(
  (os) => [os, sourcesOf(os, { SystemRoot: "C:\\Windows", ProgramData: "D:\\Data" })] as const,
);

test.each(everywhere)("on %s the bundle takes logs and routes of that system alone", (os, from) => {
  const programs = Object.values(from.looks).map(([program]) => program);
  const paths = [...programs, ...Object.values(from.logs)];
  const own = os === "windows" ? /^[CD]:\\/ : /^\/(?:usr|bin|sbin|Library)\//;
  expect(paths.filter((path) => !own.test(path))).toEqual([]);
  expect(from.looks["routes"]).toBeDefined();
  expect(os === "linux" ? from.looks["journal"] : from.logs["netdLog"]).toBeDefined();
});

test("on Windows the logs lie where the service writes them", () => {
  expect(sourcesOf("windows", { ProgramData: "D:\\Data" }).logs).toEqual({
    agentLog: "D:\\Data\\Sallyport\\logs\\agent.log",
    netdLog: "D:\\Data\\Sallyport\\logs\\netd.log",
    netdCrashes: "D:\\Data\\Sallyport\\logs\\netd-crash.log",
  });
});
