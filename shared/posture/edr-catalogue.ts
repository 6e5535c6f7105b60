/**
 * Endpoint protection products as data: what runs, and how health is asked. Adding a product needs
 * no code unless its health format is new. Nothing here is run or trusted by name alone.
 */
import type { EdrProduct, HealthProbe, StatusParser } from "./edr-product.ts";
import { windowsProducts } from "./windows-products.ts";

const linux = (
  id: string,
  name: string,
  more: Omit<EdrProduct, "id" | "name" | "os">,
): EdrProduct => ({ id, name, os: "linux", ...more });

const mac = (
  id: string,
  name: string,
  more: Pick<EdrProduct, "health"> & Partial<EdrProduct>,
): EdrProduct => ({ id, name, os: "darwin", class: "edr", services: [], programs: [], ...more });

const falconSecrets = ["cid", "customer id"];
const sentinelSecrets = ["site key"];

const command = (
  parser: StatusParser,
  candidates: readonly string[],
  runs: readonly (readonly string[])[],
): HealthProbe => ({ kind: "command", parser, candidates, runs });

/** The products we know. */
export const edrCatalogue: readonly EdrProduct[] = [
  linux("clamav", "ClamAV", {
    class: "av",
    services: ["clamav-daemon", "clamav-freshclam", "clamd@scan"],
    programs: [
      ["/usr/sbin/clamd", "/usr/bin/clamd"],
      ["/usr/bin/freshclam", "/usr/sbin/freshclam"],
    ],
    health: {
      kind: "clamd",
      sockets: [
        "/run/clamav/clamd.ctl",
        "/run/clamd.scan/clamd.sock",
        "/run/clamav/clamd.sock",
        "/run/clamd/clamd.sock",
      ],
      database: "/var/lib/clamav",
    },
  }),
  linux("crowdstrike", "CrowdStrike Falcon", {
    class: "edr",
    services: ["falcon-sensor"],
    programs: [["/opt/CrowdStrike/falcon-sensor*"]],
    health: command(
      "falcon",
      ["/opt/CrowdStrike/falconctl"],
      [["-g", "--aid", "--rfm-state", "--version"]],
    ),
    redactions: falconSecrets,
  }),
  linux("sentinelone", "SentinelOne", {
    class: "edr",
    services: ["sentinelone"],
    programs: [["/opt/sentinelone/bin/sentinelone-agent", "/opt/sentinelone/bin/s1-agent"]],
    health: command(
      "sentinel-linux",
      ["/opt/sentinelone/bin/sentinelctl"],
      [
        ["engines", "status"],
        ["control", "status"],
        ["management", "status"],
      ],
    ),
    redactions: sentinelSecrets,
  }),
  linux("defender", "Microsoft Defender", {
    class: "edr",
    services: ["mdatp"],
    programs: [["/opt/microsoft/mdatp/sbin/wdavdaemon"]],
    health: command("defender", ["/usr/bin/mdatp"], [["health", "--output", "json"]]),
    redactions: ["org id"],
  }),
  linux("carbon-black", "Carbon Black Cloud", {
    class: "edr",
    services: ["cbagentd"],
    programs: [["/opt/carbonblack/psc/bin/cbagentd"]],
    health: command("carbon-black", ["/opt/carbonblack/psc/bin/repcli"], [["status"]]),
  }),
  linux("cortex", "Cortex XDR", {
    class: "edr",
    services: ["traps_pmd"],
    programs: [["/opt/traps/bin/pmd"]],
    health: command("cortex", ["/opt/traps/bin/cytool"], [["runtime", "query"]]),
  }),
  linux("sophos", "Sophos Protection", {
    class: "edr",
    services: ["sophos-spl"],
    programs: [["/opt/sophos-spl/plugins/av/sbin/sophos_threat_detector*"]],
    health: null,
  }),
  linux("elastic", "Elastic Defend", {
    class: "edr",
    services: ["ElasticEndpoint"],
    programs: [["/opt/Elastic/Endpoint/elastic-endpoint"]],
    health: command(
      "elastic",
      ["/opt/Elastic/Agent/elastic-agent"],
      [["status", "--output", "json"]],
    ),
  }),
  linux("trend", "Trend Micro", {
    class: "edr",
    services: ["ds_agent"],
    programs: [["/opt/ds_agent/ds_agent"]],
    health: command("trend", ["/opt/ds_agent/dsa_query"], [["-c", "GetAgentStatus"]]),
  }),
  linux("eset", "ESET Endpoint", {
    class: "av",
    services: ["eea", "efs"],
    programs: [["/opt/eset/eea/sbin/startd", "/opt/eset/efs/sbin/startd"]],
    health: null,
  }),
  linux("bitdefender", "Bitdefender", {
    class: "edr",
    services: ["bdsec"],
    programs: [["/opt/bitdefender-security-tools/bin/bdsecd"]],
    health: command(
      "bitdefender",
      ["/opt/bitdefender-security-tools/bin/bduitool"],
      [["get", "ps"]],
    ),
  }),
  linux("trellix", "Trellix ENS", {
    class: "av",
    services: ["mfetpd"],
    programs: [["/opt/McAfee/ens/tp/bin/mfetpd"]],
    health: command(
      "trellix",
      ["/opt/McAfee/ens/tp/bin/mfetpcli"],
      [["--getapstatus"], ["--version"]],
    ),
  }),
  linux("wazuh", "Wazuh", {
    class: "edr",
    services: ["wazuh-agent"],
    programs: [["/var/ossec/bin/wazuh-agentd"]],
    health: { kind: "wazuh", file: "/var/ossec/var/run/wazuh-agentd.state" },
  }),
  // How these tell of their health is not known: they stop at "running".
  linux("kaspersky", "Kaspersky Endpoint Security", {
    class: "av",
    services: ["kesl"],
    programs: [["/opt/kaspersky/kesl/libexec/kesl"]],
    health: null,
  }),
  linux("cisco", "Cisco Secure Endpoint", {
    class: "edr",
    services: ["cisco-amp"],
    programs: [["/opt/cisco/amp/bin/ampdaemon"]],
    health: null,
  }),
  linux("trellix-hx", "Trellix HX", {
    class: "edr",
    services: ["xagt"],
    programs: [["/opt/fireeye/bin/xagt"]],
    health: null,
  }),
  linux("trend-vision-one", "Trend Micro Vision One", {
    class: "edr",
    services: ["tmxbc"],
    programs: [["/opt/TrendMicro/EndpointBasecamp/bin/tmxbc"]],
    health: null,
  }),
  linux("osquery", "osquery", {
    class: "visibility",
    services: ["osqueryd"],
    programs: [["/opt/osquery/bin/osqueryd", "/usr/bin/osqueryd"]],
    health: null,
  }),
  linux("fleet", "Fleet", {
    class: "visibility",
    services: ["orbit"],
    programs: [["/opt/orbit/bin/orbit/orbit"]],
    health: null,
  }),
  linux("kolide", "Kolide", {
    class: "visibility",
    services: ["launcher.kolide-k2"],
    programs: [["/usr/local/kolide-k2/bin/launcher"]],
    health: null,
  }),
  linux("falco", "Falco", {
    class: "visibility",
    services: ["falco"],
    programs: [["/usr/bin/falco"]],
    health: null,
  }),
  linux("tetragon", "Tetragon", {
    class: "visibility",
    services: ["tetragon"],
    programs: [["/usr/local/bin/tetragon", "/usr/bin/tetragon"]],
    health: null,
  }),
  mac("crowdstrike", "CrowdStrike Falcon", {
    extensions: ["X9E956P446 com.crowdstrike.falcon.Agent"],
    health: command(
      "falcon-mac",
      ["/Applications/Falcon.app/Contents/Resources/falconctl"],
      [["stats", "-p"]],
    ),
    redactions: falconSecrets,
  }),
  mac("carbon-black", "Carbon Black Cloud", {
    extensions: ["7AGZNQ2S2T com.vmware.carbonblack.cloud.se-agent.extension"],
    health: command(
      "carbon-black",
      ["/Applications/VMware Carbon Black Cloud/repcli.bundle/Contents/MacOS/repcli"],
      [["status"]],
    ),
  }),
  mac("sentinelone", "SentinelOne", {
    extensions: ["4AYE5J54KN com.sentinelone.network-monitoring"],
    health: command(
      "sentinel-mac",
      ["/Library/Sentinel/sentinel-agent.bundle/Contents/MacOS/sentinelctl"],
      [["status"]],
    ),
    redactions: sentinelSecrets,
  }),
  mac("defender", "Microsoft Defender", {
    extensions: ["UBF8T346G9 com.microsoft.wdav.epsext"],
    health: command("defender", ["/usr/local/bin/mdatp"], [["health", "--output", "json"]]),
    redactions: ["org id"],
  }),
  mac("sophos", "Sophos Endpoint", {
    extensions: ["2H5GFH3774 com.sophos.endpoint.scanextension"],
    health: null,
  }),
  mac("elastic", "Elastic Defend", {
    extensions: ["2BT3HPN62Z co.elastic.systemextension"],
    health: command(
      "elastic",
      ["/Library/Elastic/Agent/elastic-agent"],
      [["status", "--output", "json"]],
    ),
  }),
  mac("jamf", "Jamf Protect", {
    extensions: ["483DWKW443 com.jamf.protect.security-extension"],
    health: null,
  }),
  mac("cortex", "Cortex XDR", {
    extensions: ["PXPZ95SK77 com.paloaltonetworks.traps.securityextension"],
    health: command(
      "cortex",
      ["/Library/Application Support/PaloAltoNetworks/Traps/bin/cytool"],
      [["runtime", "query"]],
    ),
  }),
  mac("trend", "Trend Micro", {
    extensions: ["E8P47U2H32 com.trendmicro.icore.es"],
    health: null,
  }),
  mac("trellix", "Trellix ENS", {
    class: "av",
    extensions: ["GT8P3H7SPW com.mcafee.CMF.endpointsecurity"],
    health: null,
  }),
  mac("threatdown", "ThreatDown", {
    class: "av",
    extensions: [
      "GVZRY6KDKR com.malwarebytes.ncep.engine.sys.ext",
      "GVZRY6KDKR com.malwarebytes.mbam.engine.sys.ext",
    ],
    health: null,
  }),
  mac("eset", "ESET Endpoint", {
    class: "av",
    extensions: ["P8DQRXPVLP com.eset.endpoint"],
    health: null,
  }),
  mac("kaspersky", "Kaspersky Endpoint Security", {
    class: "av",
    extensions: ["2Y8XE5CQ94 com.kaspersky.kav.sysext"],
    health: null,
  }),
  mac("huntress", "Huntress", {
    extensions: ["7W6HQ9J9XA com.huntress.sysext"],
    health: null,
  }),
  mac("santa", "Santa", {
    class: "visibility",
    extensions: ["ZMCG7MLDV9 com.northpolesec.santa.daemon", "EQHXZ8M8AV com.google.santa.daemon"],
    health: null,
  }),
  mac("bitdefender", "Bitdefender", {
    programs: [["/Library/Bitdefender/AVP/BDLDaemon"]],
    health: null,
  }),
  mac("wazuh", "Wazuh", {
    programs: [["/Library/Ossec/bin/wazuh-agentd"]],
    health: { kind: "wazuh", file: "/Library/Ossec/var/run/wazuh-agentd.state" },
  }),
  mac("osquery", "osquery", {
    class: "visibility",
    programs: [["/opt/osquery/lib/osquery.app/Contents/MacOS/osqueryd"]],
    health: null,
  }),
  mac("kolide", "Kolide", {
    class: "visibility",
    programs: [["/usr/local/kolide-k2/Kolide.app/Contents/MacOS/launcher"]],
    health: null,
  }),
  ...windowsProducts,
];
