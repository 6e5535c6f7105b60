import { expect, test } from "vitest";
import { openMetricsPort } from "./metrics-port.ts";
import { makeMetrics } from "./registry.ts";

test("counters add up, gauges replace, labels are sorted and cannot break a line", () => {
  const metrics = makeMetrics();
  metrics.count("sallyport_events_total", { result: "stored" });
  metrics.count("sallyport_events_total", { result: "stored" }, 2);
  metrics.gauge("sallyport_agents_connected", { role: "device" }, 5);
  metrics.gauge("sallyport_agents_connected", { role: "device" }, 4);
  metrics.count("sallyport_decisions_total", { reason: 'a"\nb', effect: "deny" });
  const lines = metrics.text().split("\n");
  expect(lines).toContain('sallyport_events_total{result="stored"} 3');
  expect(lines).toContain('sallyport_agents_connected{role="device"} 4');
  expect(lines).toContain('sallyport_decisions_total{effect="deny",reason="a__b"} 1');
  expect(lines).toContain("# TYPE sallyport_events_total counter");
});

test("histogram buckets are cumulative and what is over the last counts to +Inf alone", () => {
  const metrics = makeMetrics();
  for (const seconds of [0.0005, 0.003, 99]) {
    metrics.observe("sallyport_cutoff_seconds", { phase: "total" }, seconds);
  }
  const lines = metrics.text().split("\n");
  expect(lines).toContain('sallyport_cutoff_seconds_bucket{phase="total",le="0.001"} 1');
  expect(lines).toContain('sallyport_cutoff_seconds_bucket{phase="total",le="0.005"} 2');
  expect(lines).toContain('sallyport_cutoff_seconds_bucket{phase="total",le="10"} 2');
  expect(lines).toContain('sallyport_cutoff_seconds_bucket{phase="total",le="+Inf"} 3');
  expect(lines).toContain('sallyport_cutoff_seconds_count{phase="total"} 3');
});

test("the port tells metrics and health, and nothing else", async () => {
  let ready = false;
  const port = await openMetricsPort({ port: 0, metrics: makeMetrics(), ready: () => ready });
  const status = async (path: string, method = "GET") =>
    (await fetch(`http://127.0.0.1:${port.port}${path}`, { method })).status;
  expect(await status("/metrics")).toBe(200);
  expect(await status("/livez")).toBe(200);
  expect(await status("/readyz")).toBe(503);
  ready = true;
  expect(await status("/readyz")).toBe(200);
  expect(await status("/")).toBe(404);
  expect(await status("/metrics", "POST")).toBe(404);
  await port.close();
});
