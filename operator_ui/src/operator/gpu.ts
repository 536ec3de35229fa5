import type { GpuReport } from '../protocol';

/** Written as _SOFTWARE_RENDERER in agent/browser/gpu.py, which tries flags before there is a page. */
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** What a real WebGL2 context says of itself. */
export function probeGpu(): GpuReport {
  const context = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!context) return { webgl2: false, renderer: 'none', hardware: false };
  const names = context.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(context.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : context.RENDERER));
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return { webgl2: true, renderer, hardware: !SOFTWARE.test(renderer) };
}

let gpu: boolean | undefined;

/** Whether drawing runs in hardware; asked once. */
export function hasGpu(): boolean {
  gpu ??= probeGpu().hardware;
  return gpu;
}
