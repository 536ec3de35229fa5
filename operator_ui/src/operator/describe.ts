import { coreVersion, methods, shapes, typescriptVersion } from 'virtual:build-facts';
import { FONT_FAMILIES } from '../fonts/library';
import { type Description, PROTOCOL_VERSION } from '../protocol';
import { probeCodecs } from './codecs';
import { probeGpu } from './gpu';

export const CORE_VERSION = coreVersion;

/** The page and its browser; codecs and GPU are tried, which takes up to a second. */
export async function describePage(): Promise<Description> {
  return {
    protocolVersion: PROTOCOL_VERSION,
    coreVersion,
    typescriptVersion,
    userAgent: navigator.userAgent,
    crossOriginIsolated,
    methods,
    shapes,
    gpu: probeGpu(),
    codecs: await probeCodecs(),
    fonts: [...FONT_FAMILIES],
  };
}
