import { mayDieAtAnyInstant } from "./every-instant.ts";

mayDieAtAnyInstant({
  name: "gateway's agent",
  kill: (world) => world.gateways[0]?.agent.crash(),
  start: (world) => world.gateways[0]?.agent.start(),
});
