/** A render request with its defaults filled in, or a refusal. */
import type { RenderRequest } from '../../protocol';
import { OperatorError } from '../errors';

export type RenderPlan = Required<Omit<RenderRequest, 'licenseKey'>> & { licenseKey: string | null };

const CODECS = { mp4: ['avc', 'av1'], mov: ['avc', 'av1'], webm: ['vp9', 'vp8', 'av1'] } as const;
const DEFAULTS = { fps: 30, bitrate: 10_000_000, resolution: 1, audioBitrate: 128_000 };

export function renderPlan(request: RenderRequest): RenderPlan {
  const format = request.format ?? 'mp4';
  const codec = request.codec ?? (format === 'webm' ? 'vp9' : 'avc');
  const audio = request.audio ?? 'opus';
  const known: readonly string[] | undefined = CODECS[format];
  if (!known?.includes(codec)) throw refused(`one of ${known?.join(', ') ?? 'no codec'} in ${format}`, codec);
  if (audio === 'pcm' && format !== 'mov') throw refused('PCM in mov only', `pcm in ${format}`);
  const plan = { ...DEFAULTS, ...request, format, codec, audio, licenseKey: request.licenseKey ?? null };
  for (const key of ['fps', 'bitrate', 'resolution', 'audioBitrate'] as const) {
    if (!(Number.isFinite(plan[key]) && plan[key] > 0)) throw refused(`${key} above 0`, String(plan[key]));
  }
  return plan;
}

function refused(expected: string, found: string): OperatorError {
  return new OperatorError('bad_request', `Expected ${expected}, got ${found}`);
}
