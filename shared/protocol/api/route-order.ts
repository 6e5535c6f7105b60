/** What a client asks a route of the admin API with, and the request that becomes of it. */
import type { BodyOf, ParamsOf, QueryOf, Route } from "./contract.ts";

type Wanted<K extends string, T> = undefined extends T ? unknown : { readonly [Name in K]: T };

/** What a route is asked with; a client whose filters are a person's words has a wider `Query`. */
export type RouteOrder<R extends Route, Query = QueryOf<R>> = ([keyof ParamsOf<R>] extends [never]
  ? unknown
  : { readonly params: ParamsOf<R> }) &
  Wanted<"body", BodyOf<R>> & {
    readonly query?: Query;
    /** Only where the record is still the one with this entity tag; `*` = whichever it is. */
    readonly ifMatch?: string | undefined;
  };

/** The order as an argument that may be left out where nothing is demanded. */
export type RouteOrders<R extends Route, Query = QueryOf<R>> =
  object extends RouteOrder<R, Query>
    ? [order?: RouteOrder<R, Query>]
    : [order: RouteOrder<R, Query>];

interface AnyOrder {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: object | undefined;
  readonly body?: object;
  readonly ifMatch?: string | undefined;
}

/** One request of the admin API. */
export interface RouteRequest {
  readonly method: string;
  /** Path below `/api/v1`, its parts already encoded. */
  readonly path: string;
  readonly body?: object | undefined;
  /** Only where the record is still the one with this entity tag; `*` = whichever it is. */
  readonly ifMatch?: string | undefined;
}

/** Returns the request of an order; a filter that is empty is none. */
export function requestOf(route: Route, order: AnyOrder = {}): RouteRequest {
  const [method = "", pattern = ""] = route.split(" ");
  const { params = {}, query = {}, body, ifMatch } = order;
  const path = pattern.replace(/:(\w+)/g, (_, part: string) =>
    encodeURIComponent(params[part] ?? ""),
  );
  const search = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join("&");
  return { method, path: search === "" ? path : `${path}?${search}`, body, ifMatch };
}
