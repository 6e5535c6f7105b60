import { expect, test } from "vitest";
import { type PagePlace, readPages } from "./pages.ts";

/** A list of the numbers from 1, asked as the API is. */
function listTo(last: number, asked: PagePlace[] = []) {
  return (place: PagePlace) => {
    asked.push(place);
    const first = Number(place.after ?? 0) + 1;
    const count = Math.min(place.limit, last - first + 1);
    const items = Array.from({ length: count }, (_, n) => first + n);
    const nextAfter = first + count > last ? null : String(first + count - 1);
    return Promise.resolve({ items, nextAfter });
  };
}

test("a list is read to its end, however many pages that are", async () => {
  const items = await readPages(listTo(2_500));
  expect(items.length).toBe(2_500);
  expect(items.at(-1)).toBe(2_500);
  expect(await readPages(listTo(0))).toEqual([]);
});

test("no more is asked for than is wanted", async () => {
  const asked: PagePlace[] = [];
  expect((await readPages(listTo(2_500, asked), { most: 1_200 })).length).toBe(1_200);
  expect(asked).toEqual([
    { after: undefined, limit: 1_000 },
    { after: "1000", limit: 200 },
  ]);
});
