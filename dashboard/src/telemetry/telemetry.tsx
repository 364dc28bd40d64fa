/** The newest readings. */
export function Telemetry() {
  return <section className="panel telemetry-panel" aria-label="Telemetry" />;
}
