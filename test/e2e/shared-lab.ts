// One lab for all e2e files: the project runs them one after the other in one worker without
// isolation, so what this module holds is made once. The container's end removes it.
import { insideContainer } from "../lab/container.ts";
import { startLabNetwork, type LabNetwork } from "../lab/lab-network.ts";

let network: Promise<LabNetwork> | undefined;

/** The namespaces with resource and impostor, and no Sallyport in them. */
export function sharedNetwork(): Promise<LabNetwork> {
  if (process.env["SALLYPORT_LAB_INSIDE"] !== "1" || insideContainer()) {
    throw new Error("e2e tests change network state: run them by `npm test`, which isolates them");
  }
  network ??= startLabNetwork("/run/lab/logs");
  return network;
}
