/** Counters, gauges and histograms in memory, told as Prometheus text (format 0.0.4). */
import type {
  CounterName,
  GaugeName,
  HistogramName,
  Labels,
  Metrics,
} from "../../ports/metrics.ts";

const bucketSeconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10] as const;

const help: Readonly<Record<CounterName | GaugeName | HistogramName, string>> = {
  sallyport_events_total: "Posture events by what became of them.",
  sallyport_decisions_total: "Decisions by effect and first reason.",
  sallyport_gateway_denied_total: "Packets that gateways refused, by reason.",
  sallyport_grant_renewals_total: "Lease renewals of grants by result.",
  sallyport_enrolments_total: "Requests to join by result.",
  sallyport_link_reconnects_total: "Links that came back by what had ended them.",
  sallyport_agents_connected: "Connected agents by role.",
  sallyport_grants_active: "Grants in force by gateway.",
  sallyport_certificate_expiry_timestamp_seconds: "End of our own certificates by kind.",
  sallyport_build_info: "Version and commit of this controller; always 1.",
  sallyport_decision_seconds: "Time of deciding everything that one device may reach.",
  sallyport_cutoff_seconds:
    "Time from a posture event to the gateway's kernel by phase; push is the way to the gateway.",
  sallyport_store_write_seconds: "Time from asking for a write to its commit by table.",
  sallyport_loop_lag_seconds: "How late the loop's timers fire.",
};

interface Histogram {
  readonly counts: number[];
  sum: number;
  total: number;
}

/** A registry that can be told as text. */
export interface MetricsRegistry extends Metrics {
  text(): string;
  /** The upper bound of the bucket that holds the quantile, null above all buckets or without samples. */
  quantileSeconds(name: HistogramName, labels: Labels, quantile: number): number | null;
  countOf(name: HistogramName, labels: Labels): number;
}

/** Returns an empty registry; the names of the port are all it takes. */
export function makeMetrics(): MetricsRegistry {
  const counters = new Map<CounterName, Map<string, number>>();
  const gauges = new Map<GaugeName, Map<string, number>>();
  const histograms = new Map<HistogramName, Map<string, Histogram>>();
  return {
    count(name, labels, by = 1) {
      const series = seriesOf(counters, name);
      const key = labelText(labels);
      series.set(key, (series.get(key) ?? 0) + by);
    },
    gauge(name, labels, value) {
      seriesOf(gauges, name).set(labelText(labels), value);
    },
    observe(name, labels, seconds) {
      const series = seriesOf(histograms, name);
      const key = labelText(labels);
      const histogram = series.get(key) ?? { counts: bucketSeconds.map(() => 0), sum: 0, total: 0 };
      const bucket = bucketSeconds.findIndex((limit) => seconds <= limit);
      if (bucket >= 0) histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
      histogram.sum += seconds;
      histogram.total += 1;
      series.set(key, histogram);
    },
    countOf: (name, labels) => histograms.get(name)?.get(labelText(labels))?.total ?? 0,
    quantileSeconds(name, labels, quantile) {
      const histogram = histograms.get(name)?.get(labelText(labels));
      if (histogram === undefined) return null;
      let below = 0;
      const bucket = histogram.counts.findIndex((count) => {
        below += count;
        return below >= quantile * histogram.total;
      });
      return bucketSeconds[bucket] ?? null;
    },
    text: () =>
      [
        ...[...counters].flatMap(([name, series]) => simpleLines(name, "counter", series)),
        ...[...gauges].flatMap(([name, series]) => simpleLines(name, "gauge", series)),
        ...[...histograms].flatMap(([name, series]) => histogramLines(name, series)),
        "",
      ].join("\n"),
  };
}

function seriesOf<N, V>(all: Map<N, Map<string, V>>, name: N): Map<string, V> {
  const series = all.get(name) ?? new Map<string, V>();
  all.set(name, series);
  return series;
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, "_")}"`)
    .join(",");
}

function simpleLines(
  name: CounterName | GaugeName,
  type: "counter" | "gauge",
  series: ReadonlyMap<string, number>,
): string[] {
  return [
    ...headLines(name, type),
    ...[...series].map(([labels, value]) => `${name}${braced(labels)} ${value}`),
  ];
}

function histogramLines(name: HistogramName, series: ReadonlyMap<string, Histogram>): string[] {
  const lines = headLines(name, "histogram");
  for (const [labels, histogram] of series) {
    let below = 0;
    bucketSeconds.forEach((limit, index) => {
      below += histogram.counts[index] ?? 0;
      lines.push(`${name}_bucket${braced(joined(labels, `le="${limit}"`))} ${below}`);
    });
    lines.push(
      `${name}_bucket${braced(joined(labels, 'le="+Inf"'))} ${histogram.total}`,
      `${name}_sum${braced(labels)} ${histogram.sum}`,
      `${name}_count${braced(labels)} ${histogram.total}`,
    );
  }
  return lines;
}

function headLines(name: CounterName | GaugeName | HistogramName, type: string): string[] {
  return [`# HELP ${name} ${help[name]}`, `# TYPE ${name} ${type}`];
}

function joined(labels: string, more: string): string {
  return labels === "" ? more : `${labels},${more}`;
}

function braced(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}
