import { expect, test } from "vitest";
import { followName, type Whereabouts } from "./own-name.ts";

function following(url: string, machine: Partial<Whereabouts>) {
  const warned: string[] = [];
  let wakes: { readonly run: () => void }[] = [];
  const quiet = () => undefined;
  const name = followName(
    url,
    {
      clock: {
        nowAt: () => 0,
        monotonicMs: () => 0,
        wake: (_delayMs, run) => {
          const waking = { run };
          wakes.push(waking);
          return () => (wakes = wakes.filter((one) => one !== waking));
        },
      },
      log: { debug: quiet, info: quiet, warn: (message) => warned.push(message), error: quiet },
    },
    { resolve: () => Promise.resolve([]), own: () => [], ...machine },
  );
  return {
    name,
    warned,
    waiting: () => wakes.length,
    later: async () => {
      for (const { run } of wakes.splice(0)) run();
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    },
  };
}

test("where the controller's name leads is told at first and when it changes", async () => {
  let leadsTo = ["10.50.0.7", "fd50::7"];
  const told: (readonly string[])[] = [];
  const { name, warned, waiting, later } = following("https://sallyport.corp.example:8443", {
    resolve: async (asked) => {
      if (leadsTo.length === 0) throw new Error(`ENOTFOUND ${asked}`);
      return leadsTo;
    },
  });
  const { tell, stop } = await name;
  tell((addresses) => told.push(addresses));
  await later();
  expect(told).toEqual([["10.50.0.7", "fd50::7"]]);
  leadsTo = [];
  await later();
  expect([told.length, warned.length]).toEqual([1, 1]);
  leadsTo = ["10.50.0.8"];
  await later();
  expect(told.slice(1)).toEqual([["10.50.0.8"]]);
  stop();
  expect(waiting()).toBe(0);
});

test("a name that leads to loopback is that of this machine, with all its addresses", async () => {
  const resolve = async () => ["127.0.1.1"];
  const own = () => ["10.50.0.7", "fd50::7"];
  const { name } = following("https://sallyport:8443", { resolve, own });
  expect((await name).addresses()).toEqual(["10.50.0.7", "fd50::7"]);
});

test("Attack: whoever answers the controller's name opens a few addresses, not all", async () => {
  const resolve = async () => Array.from({ length: 200 }, (_, n) => `10.50.0.${n}`);
  const { addresses } = await following("https://sallyport.corp.example", { resolve }).name;
  expect(addresses()).toHaveLength(16);
});

test("an address is asked of nobody, and a resolver that is silent holds up nothing", async () => {
  const late = Promise.withResolvers<readonly string[]>();
  const asked: string[] = [];
  const resolve = (name: string) => (asked.push(name), late.promise);
  for (const host of ["192.0.2.7", "[2001:db8::7]"]) {
    await following(`https://${host}:8443`, { resolve }).name;
  }
  expect(asked).toEqual([]);
  const silent = following("https://sallyport.corp.example", { resolve });
  await silent.later();
  const { addresses, tell } = await silent.name;
  expect(addresses()).toEqual([]);
  // It answers while the controller starts, before that can be told of it.
  late.resolve(["10.50.0.7"]);
  await silent.later();
  const told: (readonly string[])[] = [];
  tell((found) => told.push(found));
  expect(told).toEqual([["10.50.0.7"]]);
});
