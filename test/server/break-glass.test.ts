// Keys of break-glass reach gateways only with the root's word; what was opened is told once.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { runCommand } from "./controller-command.ts";
import { patience } from "./patience.ts";
import { join as joinDevice, joinGateway, link, type Member } from "./raw-agent.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-glass-"));
let controller: ControllerUnderTest;
let gateway: Member;
let device: Member;

beforeAll(async () => {
  controller = await startController();
  await controller.furnish();
  gateway = await joinGateway(controller, "gate");
  device = await joinDevice(controller, "laptop");
});
afterAll(async () => {
  await controller.remove();
  rmSync(folder, { recursive: true });
});

const cli = (...argv: readonly string[]) => runCommand(controller, argv);

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function keyOf(holder: string): Promise<string> {
  const key = join(folder, `${holder}.key`);
  const { out } = await cli("break-glass", "key", "create", "--out", key);
  const publicFile = file(`${holder}.pub`, out);
  const root = ["--root-key", controller.places.rootKey];
  const made = await cli("break-glass", "key", "register", publicFile, "--holder", holder, ...root);
  expect(made).toMatchObject({ exit: 0 });
  return key;
}

test("two administrators' keys reach the gateway at once, and their file is signed offline", async () => {
  const socket = await link(controller, gateway);
  const [ann, bob] = [await keyOf("ann"), await keyOf("bob")];
  const { set } = await socket.next("trust", (message) =>
    JSON.stringify(message.set).includes('"bob"'),
  );
  expect(set["breakGlassKeys"]).toMatchObject([{ holder: "ann" }, { holder: "bob" }]);
  const gate = file("gate.card", (await cli("break-glass", "card", gateway.id)).out);
  const laptop = file("laptop.card", (await cli("break-glass", "card", "laptop")).out);
  const order = ["--gateway", gate, "--device", laptop, "--resource", "wiki"];
  const drafted = await cli("break-glass", "draft", ...order, "--reason", "test", "--for", "30m");
  const draft = file("draft", drafted.out);
  const once = await cli("break-glass", "sign", draft, "--key", ann);
  expect(once.talk).toContain("One more signature is needed");
  const half = file("half", once.out);
  expect((await cli("break-glass", "sign", half, "--key", ann)).exit).toBe(7);
  const whole = JSON.parse((await cli("break-glass", "sign", half, "--key", bob)).out) as object;
  expect(whole).toMatchObject({ signatures: [{}, {}] });
  const wide = await cli("break-glass", "draft", ...order, "--reason", "test", "--for", "2h");
  expect(wide).toMatchObject({ exit: 2, out: "" });
  const mute = await cli("break-glass", "draft", ...order, "--reason", "", "--for", "30m");
  expect(mute).toMatchObject({ exit: 2, out: "", talk: expect.stringContaining("reason") });
});

test("a key that the root did not sign is refused, and so is a second one of a holder", async () => {
  const { out } = await cli("break-glass", "key", "create", "--out", join(folder, "eve.key"));
  const body = { ...(JSON.parse(out) as object), holder: "eve", sig: "A".repeat(86) };
  const forged = controller.ask({ method: "POST", path: "/break-glass/keys", body });
  await expect(forged).rejects.toMatchObject({ failure: { code: "SP-703" } });
  const wrongRoot = file("wrong.pem", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n");
  const pub = file("eve.pub", out);
  const asEve = ["break-glass", "key", "register", pub, "--holder", "eve", "--root-key"];
  for (const wrong of [wrongRoot, join(folder, "eve.key"), join(folder, "absent.pem")]) {
    const refused = await cli(...asEve, wrong);
    expect(refused).toMatchObject({ exit: 2, talk: expect.stringContaining("SP-703") });
  }
  const noCard = file("not.json", "{");
  const half = ["--gateway", noCard, "--device", noCard, "--resource", "wiki", "--reason", "x"];
  expect(await cli("break-glass", "draft", ...half)).toMatchObject({
    exit: 2,
    talk: expect.stringContaining("not.json"),
  });
  const asAnn = ["break-glass", "key", "register", pub, "--holder", "ann", "--root-key"];
  expect((await cli(...asAnn, controller.places.rootKey)).exit).toBe(7);
});

test("what a gateway opened is told, kept once and audited; revoked devices are named to it", async () => {
  const socket = await link(controller, gateway);
  const opening = {
    jti: "bg-1",
    device: `spiffe://example.test/device/${device.id}`,
    resources: ["wiki"],
    holders: ["ann", "bob"],
    reason: "controller lost",
    openedAtSeconds: 1_900_000_000,
    untilSeconds: 1_900_001_800,
  };
  for (let told = 0; told < 2; told++) socket.send({ kind: "breakGlassOpened", opening });
  const list = () => controller.ask({ method: "GET", path: "/break-glass" });
  await vi.waitFor(async () => {
    const { items } = (await list()) as { items: readonly object[] };
    expect(items).toMatchObject([{ jti: "bg-1", gateway: gateway.id, holders: ["ann", "bob"] }]);
  }, patience);
  const from = socket.messages.length;
  await cli("device", "revoke", "laptop");
  const { jws } = await socket.next("config", () => true, from);
  const text = Buffer.from(jws.split(".")[1] ?? "", "base64url").toString();
  expect(JSON.parse(text)).toMatchObject({ revoked: [expect.any(String)] });
});
