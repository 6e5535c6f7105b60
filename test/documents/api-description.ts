import { format } from "prettier";
import { openAdminApi } from "../fakes/admin-api.ts";

/** Returns the OpenAPI description as the running API serves it, formatted. */
export async function apiDescription(): Promise<string> {
  const api = await openAdminApi();
  try {
    const { body } = await api.ask("GET", "/openapi.json");
    return await format(JSON.stringify(body), { parser: "json", printWidth: 100 });
  } finally {
    await api.close();
  }
}
