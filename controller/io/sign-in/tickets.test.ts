import { expect, test } from "vitest";
import { makeSignInTickets } from "./tickets.ts";

const origin = "https://console.example.com";
const secretOf = (url: string) => url.replace(`${origin}/#device-sign-in=`, "");

test("a page lasts ten minutes, counts once, and a device has one at a time", () => {
  let nowAt = 1_800_000_000_000;
  const tickets = makeSignInTickets({ nowAt: () => nowAt }, () => origin);
  const open = (device: string) => secretOf(tickets.open({ device, name: device }).url);
  const first = open("dev_1");
  const other = open("dev_2");
  const second = open("dev_1");
  expect(tickets.find(first)).toBeNull();
  nowAt += 599_999;
  expect(tickets.find(second)).toMatchObject({ ticket: { device: "dev_1" } });
  expect([tickets.spend(second), tickets.spend(second)]).toEqual([true, false]);
  expect(tickets.find(second)).toBeNull();
  expect(tickets.find(other)).not.toBeNull();
  nowAt += 1;
  expect(tickets.find(other)).toBeNull();
});
