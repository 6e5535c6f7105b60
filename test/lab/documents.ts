// What an administrator of the lab's company would write: one site, one private wiki, and the rule
// that a laptop reaches it only while its firewall is on.
import { address } from "./topology.ts";
import { wiki } from "./flow.ts";

export const siteName = "hq";
export const groupName = "engineering";
export const resourceName = "wiki";

export const site = `name: ${siteName}
forwarding: snat
`;

/** Both families of the same host, as one resource. */
export const resource = `name: ${resourceName}
site: ${siteName}
targets:
${[`${address.resource4}/32`, `${address.resource6}/128`]
  .flatMap((cidr) => [
    `  - { cidr: "${cidr}", proto: tcp, ports: ["${wiki.tcpPort}"] }`,
    `  - { cidr: "${cidr}", proto: udp, ports: ["${wiki.udpPort}"] }`,
    `  - { cidr: "${cidr}", proto: icmp }`,
  ])
  .join("\n")}
`;

export const policy = `apiVersion: sallyport/v1
levels:
  protected-laptop:
    title: The laptop's firewall is on
    all:
      - { signal: firewall.enabled, is: true }
policies:
  - id: engineering-reads-the-wiki
    effect: allow
    subjects: { groups: [${groupName}] }
    resources: { names: [${resourceName}] }
    when: { level: protected-laptop }
`;
