const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Makes the matching descendants one tab stop, walked through with the arrow keys, Home and End. */
export function walkByArrowKeys(container: HTMLElement, selector: string): void {
  container.addEventListener('keydown', (event) => {
    const items = [...container.querySelectorAll<HTMLElement>(selector)];
    const current = items.findIndex((item) => item.matches(':focus'));
    const target = items[indexAfter(event.key, current, items.length)];
    if (current < 0 || target === undefined) return;
    event.preventDefault();
    target.focus();
  });
  container.addEventListener('focusin', (event) => {
    const focused = event.target;
    for (const item of container.querySelectorAll<HTMLElement>(selector)) {
      item.tabIndex = item === focused ? 0 : -1;
    }
  });
}

/** -1 where the key does not lead anywhere. */
function indexAfter(key: string, current: number, count: number): number {
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const step = STEPS[key];
  return step === undefined ? -1 : current + step;
}
