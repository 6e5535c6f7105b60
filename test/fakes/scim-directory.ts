// A directory that speaks SCIM to an admin API under test, with the token that it was given.
import { type AdminApiUnderTest, openAdminApi } from "./admin-api.ts";

/** What was answered; an absent body is empty. */
export interface ScimAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A directory and the API that it speaks to. */
export interface ScimDirectory {
  readonly api: AdminApiUnderTest;
  readonly asDirectory: Readonly<Record<string, string>>;
  readonly scim: (
    method: string,
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<ScimAnswer>;
}

/** Opens an admin API and makes a token of the role `provisioner`. */
export async function openDirectory(): Promise<ScimDirectory> {
  const api = await openAdminApi();
  const order = { name: "directory", role: "provisioner", validForSeconds: 3_600 };
  const made = await api.ask("POST", "/tokens", { body: order });
  const asDirectory = { authorization: `Bearer ${String(made.body["token"])}` };
  return {
    api,
    asDirectory,
    async scim(method, path, body, headers = asDirectory) {
      const sent = { ...headers, "content-type": "application/scim+json" };
      const init = body === undefined ? { headers } : { headers: sent, body: JSON.stringify(body) };
      const url = `${api.url.replace("/api/v1", "/scim/v2")}${path}`;
      const response = await fetch(url, { method, ...init });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === "" ? {} : (JSON.parse(text) as object as ScimAnswer["body"]),
      };
    },
  };
}

/** The body of changes. */
export function patchOf(...operations: readonly object[]): object {
  return {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: operations,
  };
}

/** The id of the record that was answered. */
export function idOf({ body }: ScimAnswer): string {
  return String(body["id"]);
}
