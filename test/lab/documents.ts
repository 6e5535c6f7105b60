// What an administrator of the lab's company would write: one site, one private wiki, and the rule
// that a laptop reaches it only while its firewall is on.
import { address, docsName, lanPrefixes, vaultName } from "./topology.ts";
import { wiki } from "./flow.ts";

/** The one site. */
export const siteName = "hq";
/** The laptop's group. */
export const groupName = "engineering";
const resourceName = "wiki";
const docsResourceName = "docs";

/** The site as an administrator writes it. */
export const site = `name: ${siteName}
forwarding: snat
resolvers: ["${address.resolver4}"]
`;

/** The whole LAN: protected on every device and granted to nobody by the rule below. */
export const network = `name: hq-network
site: ${siteName}
targets:
${lanPrefixes.map((cidr) => `  - { cidr: "${cidr}", proto: any }`).join("\n")}
`;

/** Both families of one host inside it; `leaseSeconds` is how long access outlives its last renewal. */
export const wikiResource = (leaseSeconds: number) => `name: ${resourceName}
site: ${siteName}
leaseSeconds: ${leaseSeconds}
targets:
${[`${address.resource4}/32`, `${address.resource6}/128`]
  .flatMap((cidr) => [
    `  - { cidr: "${cidr}", proto: tcp, ports: ["${wiki.tcpPort}"] }`,
    `  - { cidr: "${cidr}", proto: udp, ports: ["${wiki.udpPort}"] }`,
    `  - { cidr: "${cidr}", proto: icmp }`,
  ])
  .join("\n")}
`;

/** Known by name only; where the name leads is the site's business. */
export const docsResource = `name: ${docsResourceName}
site: ${siteName}
targets:
  - { domain: ${docsName}, proto: tcp, ports: ["${wiki.tcpPort}"] }
`;

/** Granted to nobody: its name may not even be asked for. */
export const vaultResource = `name: vault
site: ${siteName}
targets:
  - { domain: ${vaultName}, proto: tcp, ports: ["${wiki.tcpPort}"] }
`;

/** The rule that the story plays on. */
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
    resources: { names: [${resourceName}, ${docsResourceName}] }
    when: { level: protected-laptop }
`;
