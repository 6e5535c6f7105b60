import type { Command } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import { answering, askOf, type CommandContext, part } from "../command-context.ts";
import { readFiles, readObjects, resourceDocuments } from "../documents.ts";
import type { Answer } from "../output.ts";
import { configProblemText, type ShownError } from "../config-problem.ts";
import { fieldsText, tableText } from "../table.ts";
import { takeStep } from "./device.ts";

interface GatewayRow {
  readonly id: string;
  readonly name: string;
  readonly site: string;
  readonly priority: number;
  readonly status: string;
  readonly connected: boolean;
  readonly configErrors: readonly ShownError[];
  readonly endpoints: readonly string[];
  readonly listenPort: number;
  readonly lan: string;
  readonly address4: string;
  readonly address6: string;
}

interface ResourceRow {
  readonly name: string;
  readonly site: string;
  readonly targets: readonly {
    readonly cidr?: string;
    readonly proto: string;
    readonly ports: readonly string[];
  }[];
  readonly sensitivity: string;
  readonly source: string;
}

/** Adds `gateway list|show|apply|approve`. */
export function addGatewayCommands(program: Command, context: CommandContext): void {
  const group = program.command("gateway").description("look at gateways and set them up");
  answering(context, group.command("list").description("list gateways"), async () => {
    const data = (await askOf(context)({ method: "GET", path: "/gateways" })) as {
      readonly items: readonly GatewayRow[];
    };
    const rows = data.items.map((gateway) => [
      gateway.id,
      gateway.name,
      gateway.site,
      gateway.status,
      gateway.connected ? "yes" : "no",
      gateway.endpoints,
    ]);
    const head = ["ID", "NAME", "SITE", "STATUS", "CONNECTED", "ENDPOINTS"];
    return { schema: "sallyport.gateway-list/1", data, text: tableText(head, rows) };
  });
  const show = group.command("show").description("show a gateway").argument("<gateway>");
  answering(context, show, async (key: string) => {
    const path = `/gateways/${part(key)}`;
    return gatewayAnswer((await askOf(context)({ method: "GET", path })) as GatewayRow);
  });
  const approve = group.command("approve").description("let a gateway in").argument("<gateway>");
  answering(context, approve, (key: string) => takeStep(context, key, "approve"));
  const apply = group
    .command("apply")
    .description("set endpoints, priority, listenPort and lan from a YAML file")
    .argument("<file>", "`name` names the gateway; - is stdin");
  answering(context, apply, async (file: string) => {
    const [object] = readObjects(readFiles([file]));
    const { name, ...body } = object ?? {};
    const path = `/gateways/${part(requireName(name, file))}`;
    return gatewayAnswer((await askOf(context)({ method: "PATCH", path, body })) as GatewayRow);
  });
}

interface SiteRow {
  readonly id: string;
  readonly name: string;
  readonly forwarding: string;
  readonly resolvers: readonly unknown[];
}

/** Adds `site list|show|apply`. */
export function addSiteCommands(program: Command, context: CommandContext): void {
  const group = program.command("site").description("places with gateways");
  answering(context, group.command("list").description("list sites"), async () => {
    const data = (await askOf(context)({ method: "GET", path: "/sites" })) as {
      readonly items: readonly SiteRow[];
    };
    const rows = data.items.map((site) => [site.id, site.name, site.forwarding]);
    const text = tableText(["ID", "NAME", "FORWARDING"], rows);
    return { schema: "sallyport.site-list/1", data, text };
  });
  const show = group.command("show").description("show a site").argument("<site>", "its name");
  answering(context, show, async (key: string) => {
    const path = `/sites/${part(key)}`;
    const site = (await askOf(context)({ method: "GET", path })) as SiteRow;
    const text = fieldsText([
      ["id", site.id],
      ["name", site.name],
      ["forwarding", site.forwarding],
      ["resolvers", site.resolvers],
    ]);
    return { schema: "sallyport.site/1", data: site, text };
  });
  const apply = group
    .command("apply")
    .description("make sites as YAML files say")
    .argument("<files...>", "each document: name, forwarding, resolvers; - is stdin");
  answering(context, apply, async (files: string[]) => {
    const items: unknown[] = [];
    for (const { name, ...body } of readObjects(readFiles(files))) {
      const path = `/sites/${part(requireName(name, files.join(" ")))}`;
      items.push(await askOf(context)({ method: "PUT", path, body }));
    }
    return {
      schema: "sallyport.site-list/1",
      data: { items },
      text: applied(items.length, "site"),
    };
  });
}

/** Adds `resource list|apply`. */
export function addResourceCommands(program: Command, context: CommandContext): void {
  const group = program.command("resource").description("what can be reached through sites");
  answering(context, group.command("list").description("list resources"), async () => {
    const data = (await askOf(context)({ method: "GET", path: "/resources" })) as {
      readonly items: readonly ResourceRow[];
    };
    const rows = data.items.map((resource) => [
      resource.name,
      resource.site,
      resource.sensitivity,
      resource.source,
      resource.targets.map(({ cidr, proto, ports }) =>
        [cidr, proto, ports.join("+")].filter(Boolean).join(" "),
      ),
    ]);
    const head = ["NAME", "SITE", "SENSITIVITY", "SOURCE", "TARGETS"];
    return { schema: "sallyport.resource-list/1", data, text: tableText(head, rows) };
  });
  const apply = group
    .command("apply")
    .description("make resources as YAML files say; others stay")
    .argument("<files...>", "each document: one resource, or a list `resources`; - is stdin");
  answering(context, apply, async (paths: string[]) => {
    const files = resourceDocuments(readFiles(paths));
    const data = (await askOf(context)({
      method: "POST",
      path: "/resources",
      body: { files },
    })) as {
      readonly items: readonly ResourceRow[];
    };
    const text = applied(data.items.length, "resource");
    return { schema: "sallyport.resource-list/1", data, text };
  });
}

function gatewayAnswer(gateway: GatewayRow): Answer {
  const text = fieldsText([
    ["id", gateway.id],
    ["name", gateway.name],
    ["site", gateway.site],
    ["status", gateway.status],
    ["connected", gateway.connected],
    ["configuration", configProblemText(gateway)],
    ["endpoints", gateway.endpoints],
    ["listen port", gateway.listenPort],
    ["lan", gateway.lan],
    ["priority", gateway.priority],
    ["addresses", [gateway.address4, gateway.address6]],
  ]);
  const note =
    gateway.endpoints.length > 0
      ? undefined
      : "Devices cannot reach it yet: apply a file with `endpoints`.";
  return { schema: "sallyport.gateway/1", data: gateway, text, note };
}

function requireName(name: unknown, file: string): string {
  if (typeof name === "string" && name !== "") return name;
  throw new CodedError("SP-703", { why: `${file}: \`name\` is missing` });
}

function applied(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"} applied`;
}
