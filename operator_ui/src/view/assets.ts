import type { AssetInfo } from '../protocol';
import type { PageState } from '../state';
import { element } from './element';
import { capitalised, formatBytes, formatCount, formatFrameRate, formatLength, formatSize } from './figures';
import { emptyNote, type Panel, panelFrame } from './panel';

export function assetsPanel(): Panel {
  const frame = panelFrame('assets', 'Assets');

  return {
    element: frame.element,
    reads: ['assets'],
    render({ assets }: PageState) {
      if (assets.length === 0) {
        frame.facts.replaceChildren();
        frame.body.replaceChildren(
          emptyNote('Footage, sound, images, captions and fonts will be listed here.'),
        );
        return;
      }
      const totalBytes = assets.reduce((sum, asset) => sum + asset.sizeBytes, 0);
      frame.facts.textContent = `${formatCount(assets.length, 'file', 'files')}, ${formatBytes(totalBytes)}`;
      frame.body.replaceChildren(element('ul', { class: 'assets' }, ...assets.map(assetItem)));
    },
  };
}

function assetItem(asset: AssetInfo): HTMLElement {
  return element(
    'li',
    { class: 'asset', 'data-kind': asset.kind },
    element('span', { class: 'asset-name', title: asset.name }, asset.name),
    element('span', { class: 'asset-kind' }, capitalised(asset.kind)),
    element('span', { class: 'asset-facts' }, ...assetFacts(asset).map((fact) => element('span', {}, fact))),
  );
}

function assetFacts(asset: AssetInfo): string[] {
  const facts: string[] = [];
  if (asset.durationSeconds !== undefined) facts.push(formatLength(asset.durationSeconds));
  if (asset.width !== undefined && asset.height !== undefined)
    facts.push(formatSize(asset.width, asset.height));
  if (asset.frameRate !== undefined) facts.push(formatFrameRate(asset.frameRate));
  if (asset.kind === 'video' && asset.hasAudio === false) facts.push('no sound');
  facts.push(formatBytes(asset.sizeBytes));
  return facts;
}
