/** The way past what comes before, for who uses the keyboard. */
export function SkipLinks({ targets }: { targets: readonly (readonly [id: string, label: string])[] }) {
  return (
    <nav className="skip-links" aria-label="Skip to">
      {targets.map(([id, label]) => (
        <a
          key={id}
          href={`#${id}`}
          onClick={(event) => {
            event.preventDefault();
            document.getElementById(id)?.focus();
          }}
        >
          {label}
        </a>
      ))}
    </nav>
  );
}
