/** What is counted up; the label values are few and known. */
export type CounterName =
  | "sallyport_events_total"
  | "sallyport_decisions_total"
  | "sallyport_gateway_denied_total"
  | "sallyport_grant_renewals_total"
  | "sallyport_enrolments_total"
  | "sallyport_link_reconnects_total";

/** What stands at a value now. */
export type GaugeName =
  | "sallyport_agents_connected"
  | "sallyport_grants_active"
  | "sallyport_certificate_expiry_timestamp_seconds"
  | "sallyport_build_info";

/** What is measured in seconds: buckets 0.001 … 10 (1-2-5). */
export type HistogramName =
  | "sallyport_decision_seconds"
  | "sallyport_cutoff_seconds"
  | "sallyport_store_write_seconds"
  | "sallyport_loop_lag_seconds";

/** Label values; never a user, a device or a jti. */
export type Labels = Readonly<Record<string, string>>;

/** Metrics registry. */
export interface Metrics {
  count(name: CounterName, labels: Labels, by?: number): void;
  gauge(name: GaugeName, labels: Labels, value: number): void;
  observe(name: HistogramName, labels: Labels, seconds: number): void;
}
