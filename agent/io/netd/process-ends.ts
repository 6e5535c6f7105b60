/** Asks netd, which can wait for the end of any process without looking, to tell of some. */
import type { TellEnds } from "../posture/linux/life-watch.ts";
import type { NetdClient } from "./netd-client.ts";

/** As many as netd takes; nobody protects a machine by more. */
const processesMax = 64;

/** Returns the asking; the ends themselves come as the event `processEnded`. */
export function processEnds(netd: Pick<NetdClient, "call">): TellEnds {
  return async (pids) => {
    const processes = pids.slice(0, processesMax).map((pid) => ({ pid }));
    const answer = await netd.call("watch", { processes });
    return answer.ok && processes.length === pids.length;
  };
}
