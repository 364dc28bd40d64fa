/** Drawn for this page, on a grid of 24, in the colour of the text around them. */
const PATHS = {
  bookmark: 'M7 4h10v16l-5-4-5 4z',
  camera: 'M4 8h3l2-3h6l2 3h3v11H4z M12 10.2a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 0 0 0-6.6z',
  close: 'M6 6l12 12 M18 6L6 18',
  expand: 'M4 9V4h5 M20 9V4h-5 M4 15v5h5 M20 15v5h-5',
  help: 'M9 9.2a3 3 0 1 1 4.3 2.7c-.9.5-1.3 1-1.3 2.1 M12 17.3v.4',
  layers: 'M12 4l8 4.5-8 4.5-8-4.5z M4.5 12.5L12 17l7.5-4.5 M4.5 16L12 20.5 19.5 16',
  moon: 'M19 14.5A7.5 7.5 0 0 1 9.5 5 7.5 7.5 0 1 0 19 14.5z',
  pip: 'M4 6h16v12H4z M12.5 12h5v3.6h-5z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M12 3v1.6 M12 19.4V21 M3 12h1.6 M19.4 12H21 M5.6 5.6l1.2 1.2 M17.2 17.2l1.2 1.2 M18.4 5.6l-1.2 1.2 M6.8 17.2l-1.2 1.2',
  video: 'M4 6.5h11v11H4z M15 10.5l5-3v9l-5-3',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

interface IconButtonProps {
  icon: IconName;
  label: string;
  /** The key that does the same. */
  shortcut?: string;
  onClick: () => void;
  isDisabled?: boolean;
}

export function IconButton({ icon, label, shortcut, onClick, isDisabled = false }: IconButtonProps) {
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      aria-keyshortcuts={shortcut}
      title={shortcut ? `${label} (${shortcut})` : label}
      disabled={isDisabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
