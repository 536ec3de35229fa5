import type { SampledFrame } from '../protocol';
import { element } from './element';
import { formatClock, formatSize } from './figures';
import { jpegUrl } from './frames';

export interface Lightbox {
  readonly element: HTMLDialogElement;
  setFrames(frames: readonly SampledFrame[]): void;
  open(index: number): void;
}

/** A dialog with one frame at full size; arrow keys walk through the frames, Escape closes it. */
export function lightbox(): Lightbox {
  let frames: readonly SampledFrame[] = [];
  let current = 0;
  const image = element('img', { class: 'lightbox-image' });
  const caption = element('p', { class: 'lightbox-caption', role: 'status' });
  const previous = element('button', { class: 'button', type: 'button' }, 'Previous');
  const next = element('button', { class: 'button', type: 'button' }, 'Next');
  const close = element('button', { class: 'button', type: 'button' }, 'Close');
  const dialog = element(
    'dialog',
    { class: 'lightbox', 'aria-label': 'Sampled frame' },
    image,
    element('div', { class: 'lightbox-bar' }, caption, previous, next, close),
  );

  const show = (index: number): void => {
    const frame = frames[index];
    if (frame === undefined) return;
    current = index;
    const time = formatClock(frame.timestampSeconds, 2);
    image.src = jpegUrl(frame);
    image.alt = `Frame at ${time}`;
    caption.textContent = `${time}, frame ${frame.frameIndex}, ${formatSize(frame.width, frame.height)}`;
    previous.disabled = index === 0;
    next.disabled = index === frames.length - 1;
  };

  previous.addEventListener('click', () => show(current - 1));
  next.addEventListener('click', () => show(current + 1));
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowLeft') show(current - 1);
    if (event.key === 'ArrowRight') show(current + 1);
  });

  return {
    element: dialog,
    setFrames(newer) {
      frames = newer;
      if (dialog.open) dialog.close();
    },
    open(index) {
      show(index);
      dialog.showModal();
    },
  };
}
