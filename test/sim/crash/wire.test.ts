import { mayDieAtAnyInstant } from "./every-instant.ts";

mayDieAtAnyInstant({
  name: "gateway's wire",
  kill: (world) => world.network.breakWire(world.gateways[0]?.record.id ?? ""),
  start: () => undefined,
});
