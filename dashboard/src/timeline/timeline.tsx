/** What happened, newest first. */
export function Timeline() {
  return <section className="panel timeline-panel" aria-label="Timeline" />;
}
