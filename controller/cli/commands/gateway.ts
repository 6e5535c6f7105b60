import type { Command } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import { gatewayChange } from "#shared/protocol/api/order.ts";
import type { GatewayShown } from "#shared/protocol/api/place.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { configProblemText } from "../config-problem.ts";
import { parsedFile, readFiles, readObjects, requireName } from "../documents.ts";
import type { Answer } from "../output.ts";
import { appliedText, differenceAnswer, differenceOf } from "../record-difference.ts";
import { fieldsText, tableText } from "../table.ts";
import { takeStep } from "./device-step.ts";

const steps = [
  ["approve", "let a gateway in"],
  ["quarantine", "end its link at once; it stays enrolled"],
  ["release", "end a quarantine"],
  ["revoke", "end a gateway for good"],
] as const;

/** Adds `gateway list|show|apply|diff` and the steps of a gateway's life. */
export function addGatewayCommands(program: Command, context: CommandContext): void {
  const group = program.command("gateway").description("look at gateways and set them up");
  answering(context, group.command("list").description("list gateways"), async () => {
    const data = await apiOf(context).ask("GET /gateways");
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
  answering(context, show, async (key: string) =>
    gatewayAnswer(await apiOf(context).ask("GET /gateways/:key", { params: { key } })),
  );
  for (const [step, description] of steps) {
    const command = group.command(step).description(description).argument("<gateway>");
    answering(context, command, async (key: string) => {
      // A device of the same name is not meant.
      const { id } = await apiOf(context).ask("GET /gateways/:key", { params: { key } });
      return takeStep(context, id, step);
    });
  }
  addApply(group, context);
}

function addApply(group: Command, context: CommandContext): void {
  const apply = group
    .command("apply")
    .description("set endpoints, priority, listenPort and lan from a YAML file")
    .argument("<file>", "`name` names the gateway; - is stdin")
    .option("--dry-run", "only say what would change");
  const diff = group
    .command("diff")
    .description("say what `apply` would change; exit 1 where anything would")
    .argument("<file>", "`name` names the gateway; - is stdin");
  const run = async (file: string, { dryRun = false }: { readonly dryRun?: boolean }) => {
    const { key, body } = gatewayIn(file);
    const api = apiOf(context);
    const held = await api.look("GET /gateways/:key", { params: { key } });
    // It comes to be by joining, never by a file.
    if (held === null) throw new CodedError("SP-702", { what: "gateway", name: key });
    const difference = differenceOf(key, held.answer, body);
    if (dryRun) return differenceAnswer([difference]);
    const order = { params: { key }, body, ifMatch: held.tag };
    const isThere = difference.change === "same";
    const after = isThere ? held.answer : await api.ask("PATCH /gateways/:key", order);
    const { text, ...answer } = gatewayAnswer(after);
    return { ...answer, text: `${appliedText("gateway", [difference])}\n${text}` };
  };
  answering(context, apply, run);
  answering(context, diff, (file: string) => run(file, { dryRun: true }));
}

function gatewayIn(file: string) {
  const objects = readObjects(readFiles([file]));
  const [object] = objects;
  if (objects.length !== 1 || object === undefined) {
    throw new CodedError("SP-703", { why: `${file}: one document is one gateway, one at a time` });
  }
  const { name, ...content } = object;
  return { key: requireName(name, file), body: parsedFile(gatewayChange, content, file) };
}

function gatewayAnswer(gateway: GatewayShown): Answer {
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
