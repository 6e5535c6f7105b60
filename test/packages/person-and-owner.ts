// What the person at an installed laptop sees, and what its owner locks. Part of installation.test.ts's
// story, after the wiki has opened.
import { describe, expect, test } from "vitest";
import { type Machines, until } from "./machines.ts";

/** Declares the tests; `machines` is asked when they run. */
export function describePersonAndOwner(machines: () => Machines): void {
  const laptop = () => machines().laptop;

  describe("the person and the owner", () => {
    test("the status page opens by its link, once, with what is open and what was sent", () => {
      const box = laptop();
      const told = box.tell(`
        sudo -u nobody timeout 20 sallyport status --open > /tmp/link &
        until [ -s /tmp/link ]; do sleep 0.1; done
        get() {
          exec 3<>"/dev/tcp/127.0.0.1/$port"
          printf 'GET %s HTTP/1.1\\r\\nHost: 127.0.0.1:%s\\r\\nConnection: close\\r\\n\\r\\n' "$1" "$port" >&3
          cat <&3
        }
        link=$(cat /tmp/link); rest=\${link#http://127.0.0.1:}; port=\${rest%%/*}
        place=$(get "/\${rest#*/}" | sed -n 's/^location: //Ip' | tr -d '\\r')
        sleep 1
        get "$place"
        get "/\${rest#*/}" | head -n 1
        rm /tmp/link; kill %1`);
      expect(told.stdout).toContain("Protected: 1 of 1 resources open");
      expect(told.stdout).toContain("What is shared");
      expect(told.stdout).toContain("firewall.enabled");
      expect(told.stdout.trim().split("\n").at(-1)).toContain("403");
    });

    test("the support bundle holds none of the machine's own secrets, and no name of its owner's files", async () => {
      const box = laptop();
      const folder = "/etc/systemd/system/sallyport-agent.service.d";
      const file = "/etc/sallyport/managed.d/acme-customer.json";
      box.must(`mkdir ${folder}; touch ${folder}/acme-customer.conf; systemctl daemon-reload
        echo '{ "Fnord": 1 }' > ${file}`);
      await until(
        () => box.tell("sallyport status").stdout,
        (text) => text.includes("acme-customer"),
        60_000,
      );
      const bundle = box.must("sallyport doctor --bundle - 2>/dev/null");
      const identity = JSON.parse(box.must("cat /var/lib/sallyport/agent/identity.json")) as {
        readonly privateKey: string;
      };
      const wireguard = box.must("cat /var/lib/sallyport/netd/wireguard.key").trim();
      const [, inside = ""] = identity.privateKey.split("\n");
      for (const secret of [inside, wireguard, wireguard.slice(0, 20)]) {
        expect(secret.length).toBeGreaterThan(10);
        expect(bundle).not.toContain(secret);
      }
      expect(JSON.parse(bundle)).toMatchObject({ schema: "sallyport.bundle/1" });
      expect(bundle).toContain("sallyport-agent");
      expect(bundle).not.toContain("acme-customer");
      expect(bundle).toMatch(/managed\.d\/managed-\d+\.json/);
      expect(bundle).toMatch(/drop-in-\d+\.conf/);
      box.must(`rm -r ${folder} ${file}; systemctl daemon-reload`);
    });

    test("what device management sets holds within a minute, and is refused to root by name", async () => {
      const box = laptop();
      const file = "/etc/sallyport/managed.d/10-organisation.json";
      box.must(`cat > ${file}`, {
        input: '{ "AlwaysOn": true, "ManagedByOrganizationName": "Example Corp" }',
      });
      const refused = await until(
        () => box.tell("sallyport down"),
        ({ exitCode }) => exitCode === 6,
        60_000,
      );
      expect(refused.stderr).toContain("Example Corp (AlwaysOn=true)");
      expect(box.must("sallyport settings")).toMatch(/AlwaysOn +true +managed, locked/);
      expect(box.must("sallyport doctor --deployment")).toContain("AlwaysOn");
      // A file that others may write lifts nothing, after a restart neither, and the log says so.
      box.must(`chmod 0666 ${file}`);
      await until(
        () => box.tell("sallyport status").stdout,
        (text) => text.includes("SP-130"),
        60_000,
      );
      box.must(`systemctl restart sallyport-agent
        sallyport status --wait connected --timeout 60s > /dev/null`);
      expect(box.tell("sallyport down").exitCode).toBe(6);
      expect(box.must("journalctl --unit sallyport-agent --output cat")).toContain(
        '"message":"setting problem"',
      );
      box.must(`chmod 0644 ${file}`);
      // Many files one after the other do not end the watch over them.
      box.must(`for n in 1 2 3 4 5 6 7 8; do echo '{}' > /etc/sallyport/managed.d/4$n.json; sleep 0.5; done
        rm /etc/sallyport/managed.d/4?.json; systemctl is-active sallyport-enrol.path`);
      box.must(`rm ${file}`);
      await until(
        () => box.tell("sallyport down").exitCode,
        (exitCode) => exitCode === 0,
        60_000,
      );
      box.must("sallyport up; sallyport status --wait connected --timeout 60s");
    });
  });
}
