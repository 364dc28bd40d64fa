import { clock } from '../app/format.js';
import { useShortcut } from '../app/shortcuts.js';
import { useStore } from '../app/store.js';
import { endReplay, replay, seekReplay, setReplaySpeed, SPEEDS, toggleReplay, type Replay } from './replay.js';
import './replay.css';

/** The controls of a replay, while there is one. */
export function ReplayBar() {
  const current = useStore(replay);

  return current ? <Controls {...current} /> : null;
}

function Controls({ from, to, at, speed, isPlaying }: Replay) {
  useShortcut(' ', 'go on with the replay, or stop', toggleReplay);
  useShortcut('escape', 'end the replay', endReplay);

  return (
    <div className="replay-bar" role="group" aria-label="Replay">
      <button
        type="button"
        className="icon-button"
        aria-label={isPlaying ? 'Pause the replay' : 'Play'}
        onClick={toggleReplay}
      >
        <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
          <path d={isPlaying ? 'M9 6v12 M15 6v12' : 'M8 5.5v13l10.5-6.5z'} />
        </svg>
      </button>
      <input
        type="range"
        aria-label="Moment of the replay"
        aria-valuetext={clock(at)}
        min={0}
        max={to - from}
        step={100}
        value={at - from}
        onChange={(event) => seekReplay(from + Number(event.target.value))}
      />
      <time className="replay-time">{clock(at)}</time>
      <button
        type="button"
        className="button small"
        aria-label={`Speed: ${speed} times`}
        onClick={() => setReplaySpeed(SPEEDS[(SPEEDS.findIndex((each) => each === speed) + 1) % SPEEDS.length] ?? 1)}
      >
        {speed}×
      </button>
      <button type="button" className="button small accent" onClick={endReplay}>
        Back to live
      </button>
    </div>
  );
}
