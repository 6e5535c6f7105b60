import { expect, test } from "vitest";
import { idPattern, makeId } from "./id.ts";
import { makeIdSource } from "./id-source.ts";

function counted(last: readonly [number, number]) {
  let draws = 0;
  const newId = makeIdSource((count) => {
    draws += 1;
    const bytes = new Uint8Array(count).fill(draws);
    bytes.set(last, 8);
    return bytes;
  });
  return { newId, draws: () => draws };
}

test("ids of one instant and family are drawn once, differ and are counted on", () => {
  const { newId, draws } = counted([255, 255]);
  const ids = Array.from({ length: 5_000 }, () => newId("dec", 1_700_000_000_000));
  expect(draws()).toBe(1);
  expect(new Set(ids).size).toBe(5_000);
  expect(ids.toSorted()).toEqual(ids);
  expect(ids.every((id) => idPattern.test(id))).toBe(true);
});

test("another instant or family is drawn anew, and so is what would be counted too far", () => {
  const { newId, draws } = counted([0, 0]);
  const first = newId("dec", 1);
  expect(first.slice(0, -4)).toBe(makeId("dec", 1, new Uint8Array(10).fill(1)).slice(0, -4));
  newId("dec", 2);
  newId("evt", 2);
  newId("dec", 1);
  expect(draws()).toBe(4);
  for (let made = 1; made < 2 ** 20; made++) newId("dec", 1);
  expect(draws()).toBe(4);
  expect(newId("dec", 1).slice(-4)).toBe("0000");
  expect(draws()).toBe(5);
});
