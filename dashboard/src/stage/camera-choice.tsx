import { duration } from '../app/format.js';
import { Icon } from '../app/icons.js';
import { useShortcut } from '../app/shortcuts.js';
import { useStore } from '../app/store.js';
import { cameraName, cameras, countGone, hasGone, type Layout, layout, LAYOUTS } from './cameras.js';
import { camera } from './overlay-settings.js';

/** Asks for those that left the list. No source can be called so: a name has no white space. */
const GONE = ' gone';

const LAYOUT_LABELS: Record<Layout, string> = { auto: 'auto', '1': '1', '4': '2×2', '9': '3×3' };

/** Which cameras are shown, and how many beside each other. */
export function CameraChoice() {
  const { active, silent } = useStore(cameras);
  const chosen = useStore(camera);
  const isListed = [...active, ...silent].some(({ name }) => name === chosen);
  if (active.length + silent.length < 2 && chosen === '') return null;

  return (
    <div className="cameras">
      {chosen === '' && active.length > 1 && <LayoutChoice />}
      {chosen !== '' && <Back />}
      <label className="choice">
        <Icon name="video" />
        <span className="visually-hidden">Camera</span>
        <select
          value={chosen}
          onChange={({ target: { value } }) => (value === GONE ? hasGone.set(true) : camera.set(value))}
        >
          <option value="">All cameras</option>
          {active.flatMap(({ name }) => (name === '' ? [] : <Option key={name} name={name} />))}
          {silent.flatMap(({ name, heardAt }) =>
            name === '' ? [] : <Option key={name} name={name} silentMs={Date.now() - heardAt} />,
          )}
          {chosen !== '' && !isListed && <Option name={chosen} />}
          {!hasGone.get() && countGone() > 0 && <option value={GONE}>More, silent for a day …</option>}
        </select>
      </label>
    </div>
  );
}

function Option({ name, silentMs }: { name: string; silentMs?: number }) {
  return (
    <option value={name}>
      {cameraName(name)}
      {silentMs !== undefined && ` (silent for ${duration(silentMs)})`}
    </option>
  );
}

function Back() {
  useShortcut('0', 'all cameras', () => camera.set(''));

  return (
    <button type="button" className="button small" aria-keyshortcuts="0" onClick={() => camera.set('')}>
      All cameras
    </button>
  );
}

function LayoutChoice() {
  const chosen = useStore(layout);

  return (
    <fieldset className="segments">
      <legend className="visually-hidden">How many beside each other</legend>
      {LAYOUTS.map((each) => (
        <label key={each}>
          <input
            type="radio"
            name="layout"
            aria-label={each === 'auto' ? 'as many as there are' : `${each} at once`}
            checked={each === chosen}
            onChange={() => layout.set(each)}
          />
          <span>{LAYOUT_LABELS[each]}</span>
        </label>
      ))}
    </fieldset>
  );
}
