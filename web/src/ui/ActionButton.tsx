import { Button, type ButtonProps } from '@mantine/core';
import { type MouseEventHandler, useId, useRef } from 'react';
import classes from './ActionButton.module.css';

interface Props extends Omit<ButtonProps, 'disabled'> {
  /** Why the button cannot be used now, as a sentence; null or absent when it can. */
  blocked?: string | null | undefined;
  type?: 'button' | 'submit';
  onClick?: MouseEventHandler<HTMLButtonElement>;
}

const GAP = 6;

/** Shows a hint below its button, or above where there is no room; in the browser's top layer, so that nothing cuts it off. */
function showBeside(hint: HTMLElement, button: HTMLElement) {
  hint.showPopover();
  const at = button.getBoundingClientRect();
  const left = at.left + at.width / 2 - hint.offsetWidth / 2;
  const below = at.bottom + GAP;
  const top = below + hint.offsetHeight > window.innerHeight ? at.top - GAP - hint.offsetHeight : below;
  hint.style.left = `${Math.max(8, Math.min(left, window.innerWidth - hint.offsetWidth - 8))}px`;
  hint.style.top = `${top}px`;
}

/** A button that says why it is disabled. It stays reachable by keyboard, else the reason could not be read. */
export function ActionButton({ blocked, onClick, type = 'button', ...button }: Props) {
  const id = useId();
  const hint = useRef<HTMLSpanElement>(null);
  const show = (target: HTMLElement) => hint.current && showBeside(hint.current, target);
  const hide = () => hint.current?.hidePopover();
  const guarded: MouseEventHandler<HTMLButtonElement> = (event) => {
    if (!blocked) return onClick?.(event);
    event.preventDefault();
    show(event.currentTarget);
  };
  return (
    <>
      <Button
        {...button}
        type={type}
        onClick={guarded}
        onPointerEnter={(event) => show(event.currentTarget)}
        onFocus={(event) => show(event.currentTarget)}
        onPointerLeave={hide}
        onBlur={hide}
        onKeyDown={(event) => event.key === 'Escape' && hide()}
        data-disabled={blocked ? true : undefined}
        aria-disabled={blocked ? true : undefined}
        aria-describedby={blocked ? id : undefined}
      />
      {blocked && (
        <span ref={hint} id={id} role="tooltip" popover="manual" className={classes.hint}>
          {blocked}
        </span>
      )}
    </>
  );
}
