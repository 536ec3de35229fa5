/** The bench's job as a Remotion composition. */
import { AbsoluteFill, Composition, interpolate, OffthreadVideo, registerRoot, staticFile, useCurrentFrame } from 'remotion';

function Job({ title, titlePx, fadeFrames }) {
  const opacity = interpolate(useCurrentFrame(), [0, fadeFrames], [0, 1], { extrapolateRight: 'clamp' });
  const style = { alignItems: 'center', justifyContent: 'center', color: 'white', fontFamily: 'sans-serif', fontWeight: 700 };
  return (
    <AbsoluteFill>
      <OffthreadVideo src={staticFile('footage.mp4')} />
      <AbsoluteFill style={{ ...style, fontSize: titlePx, opacity }}>{title}</AbsoluteFill>
    </AbsoluteFill>
  );
}

registerRoot(() => (
  <Composition
    id="job"
    component={Job}
    calculateMetadata={({ props: { width, height, fps, frames } }) => ({ width, height, fps, durationInFrames: frames })}
    defaultProps={{ title: '', titlePx: 1, fadeFrames: 1, width: 2, height: 2, fps: 1, frames: 1 }}
    width={2}
    height={2}
    fps={1}
    durationInFrames={1}
  />
));
