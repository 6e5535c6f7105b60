/** Lists that the API gives page by page. */

const pageRowsMax = 1_000;

interface Page<T> {
  readonly items: readonly T[];
  readonly nextAfter: string | null;
}

/** Where a page begins, and how many rows it may have. */
export interface PagePlace {
  readonly after: string | undefined;
  readonly limit: number;
}

interface Reach {
  /** So many rows are enough. */
  readonly most?: number;
  /** So many the API gives at once. */
  readonly pageRows?: number;
}

/** Reads pages until the list ends, or there are `most` rows. */
export async function readPages<T>(
  read: (place: PagePlace) => Promise<Page<T>>,
  { most = Infinity, pageRows = pageRowsMax }: Reach = {},
): Promise<readonly T[]> {
  const items: T[] = [];
  let after: string | null | undefined;
  while (after !== null && items.length < most) {
    const page = await read({ after, limit: Math.min(pageRows, most - items.length) });
    items.push(...page.items);
    after = page.nextAfter;
  }
  return items;
}
