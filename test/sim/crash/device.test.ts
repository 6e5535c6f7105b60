import { mayDieAtAnyInstant } from "./every-instant.ts";

mayDieAtAnyInstant({
  name: "laptop's agent",
  kill: (world) => world.devices[0]?.agent.crash(),
  start: (world) => world.devices[0]?.agent.start(),
});
