import { useId, useLayoutEffect, useRef, type ReactNode } from 'react';
import { Icon } from './icons.js';

interface DialogProps {
  title: string;
  /** Must take the dialog away. */
  onClose: () => void;
  children: ReactNode;
}

/** A dialog over the page, for as long as it is rendered. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  // In the same step as it is put in and taken out: a key pressed right afterwards finds the focus where it belongs.
  useLayoutEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    dialog?.querySelector('input')?.focus();

    return () => dialog?.close();
  }, []);

  return (
    <dialog
      ref={element}
      className="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        // The choice of a file can be cancelled too.
        if (event.target !== event.currentTarget) return;
        // The browser tells of a dialog that it has closed by itself some time later, when it may be open again.
        event.preventDefault();
        onClose();
      }}
    >
      <div className="dialog-head">
        <h2 id={titleId}>{title}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  );
}
