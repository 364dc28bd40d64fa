import { useState } from 'react';

/** A line to be run in a terminal, and a button that copies it. */
export function CopyLine({ text }: { text: string }) {
  return (
    <div className="copy-line">
      <code>{text}</code>
      <CopyButton text={text} label="Copy" />
    </div>
  );
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<'idle' | 'done' | 'failed'>('idle');
  const handleClick = (): void => {
    void copy(text).then((isCopied) => {
      setState(isCopied ? 'done' : 'failed');
      setTimeout(() => setState('idle'), 2_000);
    });
  };

  return (
    <button type="button" className="button small" onClick={handleClick}>
      <span aria-live="polite">{{ idle: label, done: 'Copied', failed: 'Could not copy' }[state]}</span>
    </button>
  );
}

/** The clipboard is there only over TLS and on this machine; over plain http an old way still copies. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);

    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'visually-hidden';
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand('copy');
    field.remove();

    return isCopied;
  }
}
