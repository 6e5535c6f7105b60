/** The part of the filter language (RFC 7644 §3.4.2.2) that directories ask by: equalities, one or several. */
import { CodedError } from "#shared/base/coded-error.ts";
import type { DirectorySearch, Equality } from "../store/queries/directory.ts";

/** The columns behind the names of attributes, which are alike in any case. */
export type Attributes = Readonly<Record<string, Equality["attribute"]>>;

interface Query {
  readonly filter?: string | undefined;
  readonly startIndex: number;
  readonly count: number;
}

const equalitiesMax = 4;
const term = /\s*([\w.]+(?:\[[^\]"]*"[^"]*"\])?[\w.]*) eq "([^"\\]{1,255})"\s*(and\s|$)/iy;

/** Returns what is asked for; throws SP-703 where it could mean something else than equalities. */
export function searchOf(query: Query, attributes: Attributes): DirectorySearch {
  const page = { offset: query.startIndex - 1, limit: query.count };
  return { ...page, by: equalitiesOf(query.filter ?? "", attributes) };
}

function equalitiesOf(filter: string, attributes: Attributes): readonly Equality[] {
  const found: Equality[] = [];
  term.lastIndex = 0;
  while (term.lastIndex < filter.length) {
    const [, path = "", value = ""] = term.exec(filter) ?? [];
    const attribute = attributeOf(path, attributes);
    if (attribute === undefined || found.length === equalitiesMax) throw refused();
    found.push({ attribute, value });
  }
  return found;
}

/** Names of attributes are alike in any case (RFC 7643 §2.1); of several addresses one is kept. */
function attributeOf(path: string, attributes: Attributes): Equality["attribute"] | undefined {
  const name = path.toLowerCase().replace(/^emails(\[[^\]]*\])?\.value$/, "emails");
  const known: Attributes = { ...attributes, externalid: "external_id", id: "id" };
  return Object.hasOwn(known, name) ? known[name] : undefined;
}

function refused(): CodedError {
  return new CodedError("SP-703", {
    why: "a filter is made of equalities of names, ids or addresses, joined by `and`",
  });
}
