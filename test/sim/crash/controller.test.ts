import { mayDieAtAnyInstant } from "./every-instant.ts";

mayDieAtAnyInstant({
  name: "controller",
  kill: (world) => world.controller.crash(),
  start: (world) => world.controller.start(),
});
