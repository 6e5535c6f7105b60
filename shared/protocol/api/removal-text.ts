/** What a removal means for people, said before and after it. */
import type { ResourceShown } from "./place.ts";

/** Says what becomes of a resource once it is gone. */
export function resourceEndText({ name, protected: isProtected }: ResourceShown): string {
  const ends = `Nobody reaches ${name} any more: accesses and requests for it end at once.`;
  if (!isProtected) return ends;
  return `${ends} Laptops no longer close its targets outside the tunnel: they will send this in clear again.`;
}

/** Says what becomes of a site once it is gone. */
export function siteEndText({ name }: { readonly name: string }): string {
  return `No gateway can join ${name} and no resource can lie there any more.`;
}
