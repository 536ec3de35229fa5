import type { ClipSummary, Warning } from '../protocol';
import { element } from './element';
import { capitalised, formatClock, formatLength } from './figures';
import type { ClipPlace } from './scale';

/** The bar of a clip on the timeline; everything known about it is in its accessible name. */
export function clipBar(clip: ClipSummary, place: ClipPlace, warnings: readonly Warning[]): HTMLElement {
  const description = describeClip(clip, place, warnings);
  const button = element(
    'button',
    {
      class: clipClasses(clip, place, warnings),
      type: 'button',
      tabindex: '-1',
      'data-type': clip.type,
      'aria-label': description,
      title: description,
    },
    element(
      'span',
      { class: 'clip-head' },
      element('span', { class: 'clip-label' }, clipLabel(clip)),
      ...clipMarks(clip, place),
    ),
    ...(clip.transition === undefined ? [] : [mark('is-transition', clip.transition)]),
  );
  button.style.setProperty('--left', String(place.left));
  button.style.setProperty('--width', String(place.width));
  return button;
}

/** The text it shows, else the file it plays, else what it is. */
function clipLabel(clip: ClipSummary): string {
  return clip.text?.trim() || clip.asset || typeName(clip);
}

function typeName(clip: ClipSummary): string {
  return clip.type === 'RECT' ? 'Rectangle' : capitalised(clip.type);
}

function clipClasses(clip: ClipSummary, place: ClipPlace, warnings: readonly Warning[]): string {
  const flags = {
    'is-zero-length': place.zeroLength,
    'is-past-end': place.pastEnd,
    'has-warning': warnings.length > 0 || place.zeroLength || place.pastEnd,
    'has-transition': clip.transition !== undefined,
    'is-disabled': clip.disabled === true,
  };
  return ['clip', ...Object.entries(flags).flatMap(([name, isSet]) => (isSet ? [name] : []))].join(' ');
}

function clipMarks(clip: ClipSummary, place: ClipPlace): HTMLElement[] {
  const marks: HTMLElement[] = [];
  if (place.pastEnd) marks.push(mark('is-past-end', 'past end'));
  if (clip.muted === true) marks.push(mark('is-muted', 'muted'));
  if (clip.animated.length > 0) marks.push(mark('is-animated', clip.animated.join(', ')));
  return marks;
}

function mark(name: string, text: string): HTMLElement {
  return element('span', { class: `mark ${name}` }, element('span', {}, text));
}

/** One line with all that is known about a clip. */
export function describeClip(clip: ClipSummary, place: ClipPlace, warnings: readonly Warning[]): string {
  const length = clip.endSeconds - clip.startSeconds;
  return [
    typeName(clip),
    clip.text?.trim() ? `“${clip.text.trim()}”` : undefined,
    clip.asset,
    `${formatClock(clip.startSeconds, 2)} to ${formatClock(clip.endSeconds, 2)} (${formatLength(length)})`,
    ...appearance(clip),
    place.zeroLength ? 'has no length' : undefined,
    place.pastEnd ? 'reaches past the end' : undefined,
    ...warnings.map(({ message }) => message),
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

function appearance(clip: ClipSummary): (string | undefined)[] {
  const { box } = clip;
  return [
    box &&
      `${Math.round(box.width)} × ${Math.round(box.height)} at ${Math.round(box.x)}, ${Math.round(box.y)}`,
    clip.opacity !== undefined && clip.opacity < 100 ? `opacity ${clip.opacity}` : undefined,
    clip.animated.length > 0 ? `animated: ${clip.animated.join(', ')}` : undefined,
    clip.transition !== undefined ? `transition: ${clip.transition}` : undefined,
    clip.muted === true ? 'muted' : undefined,
    clip.disabled === true ? 'disabled' : undefined,
  ];
}
