import type { SigningKeyView } from "../../../ports/signing-keys.ts";
import { actorText } from "../actor.ts";
import type { ApiContext, ApiServer } from "../context.ts";
import { keyRotation } from "#shared/protocol/api/order.ts";
import { withEffect } from "../step-effect.ts";
import { timeText } from "../views.ts";

/** Routes of the keys that sign configs, grants and lease lists. */
export function addKeyRoutes(server: ApiServer, context: ApiContext): void {
  const { keys } = context;
  server.get("/keys", { config: { needs: "read" } }, async () => ({
    items: keys.list().map(keyView),
  }));
  const rotate = { config: { needs: "administer" }, schema: { body: keyRotation } } as const;
  server.post("/keys/rotate", rotate, (request) =>
    withEffect(context, async () => {
      const after = await keys.rotate(request.body.purposes, actorText(request.actor));
      return { items: after.map(keyView) };
    }),
  );
}

function keyView({ activeFromAt, retiresAt, ...shown }: SigningKeyView) {
  return { ...shown, activeFromAt: timeText(activeFromAt), retiresAt: timeText(retiresAt) };
}
