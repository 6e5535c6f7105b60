/** The OpenAPI description of the admin API, made of the schemas that the routes run with. */
import swagger from "@fastify/swagger";
import { jsonSchemaTransform } from "fastify-type-provider-zod";
import { z } from "zod";
import { problem } from "#shared/protocol/api/problem.ts";
import { controllerVersion } from "../version.ts";
import type { ApiServer } from "./context.ts";
import { problemType } from "./problem.ts";

/** Collects the routes that are registered after it. */
export async function describeRoutes(server: ApiServer): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Sallyport admin API",
        version: controllerVersion,
        description:
          "Bearer tokens of `sallyport-controller token create`. Every refusal is a problem (RFC 9457) with a stable code.",
      },
      components: {
        securitySchemes: { token: { type: "http", scheme: "bearer" } },
        schemas: { Problem: z.toJSONSchema(problem, { target: "draft-2020-12" }) as object },
      },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    exposeHeadRoutes: false,
  });
}

/** The route of the description itself. */
export function addDescriptionRoute(server: ApiServer): void {
  server.get("/openapi.json", { config: { needs: "read" } }, (_, reply) =>
    reply.type("application/json").send(JSON.stringify(descriptionOf(server))),
  );
}

interface Operation {
  operationId?: string;
  responses?: Record<string, object>;
}

/** Returns the description of the routes so far; any of them may answer a problem. */
function descriptionOf(server: Pick<ApiServer, "swagger">): object {
  const description = server.swagger() as { paths?: Record<string, Record<string, Operation>> };
  for (const [path, methods] of Object.entries(description.paths ?? {})) {
    for (const [method, operation] of Object.entries(methods)) {
      operation.operationId = operationName(method, path);
      operation.responses = {
        ...operation.responses,
        default: {
          description: "A problem",
          content: { [problemType]: { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      };
    }
  }
  return description;
}

/** `GET /api/v1/devices/{key}` is `getDevicesByKey`. */
function operationName(method: string, path: string): string {
  const words = path
    .replace("/api/v1/", "")
    .replace(/\{(\w+)\}/g, "by-$1")
    .split(/[/.-]/)
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`);
  return `${method}${words.join("")}`;
}
