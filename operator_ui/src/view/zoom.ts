import { element } from './element';

export interface ZoomControls {
  readonly element: HTMLElement;
  /** 1 shows the whole composition. */
  value(): number;
  setLargest(largest: number): void;
}

const FACTOR = 2;

/** Buttons that stretch what `scroller` shows, keeping the moment in its middle where it is. */
export function zoomControls(scroller: HTMLElement, onChange: () => void): ZoomControls {
  let zoom = 1;
  let largest = 1;
  const narrower = element('button', { class: 'button', type: 'button', 'aria-label': 'Zoom out' }, '−');
  const fit = element('button', { class: 'button', type: 'button' }, 'Fit');
  const wider = element('button', { class: 'button', type: 'button', 'aria-label': 'Zoom in' }, '+');

  const showLimits = (): void => {
    narrower.disabled = fit.disabled = zoom <= 1;
    wider.disabled = zoom >= largest;
  };
  const set = (wanted: number): void => {
    const next = Math.min(largest, Math.max(1, wanted));
    const middle = (scroller.scrollLeft + scroller.clientWidth / 2) * (next / zoom);
    zoom = next;
    scroller.style.setProperty('--zoom', String(zoom));
    scroller.scrollLeft = middle - scroller.clientWidth / 2;
    showLimits();
    onChange();
  };

  narrower.addEventListener('click', () => set(zoom / FACTOR));
  fit.addEventListener('click', () => set(1));
  wider.addEventListener('click', () => set(zoom * FACTOR));
  showLimits();

  return {
    element: element(
      'div',
      { class: 'zoom', role: 'group', 'aria-label': 'Timeline zoom' },
      narrower,
      fit,
      wider,
    ),
    value: () => zoom,
    setLargest(limit) {
      largest = limit;
      showLimits();
    },
  };
}
