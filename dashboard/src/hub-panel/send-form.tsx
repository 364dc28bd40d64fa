import { useState, type FormEvent } from 'react';
import { ApiError, broadcast, type Accepted, type BroadcastPath } from '../app/api.js';
import { count } from '../app/format.js';
import { oneOf, urlParameter } from '../app/url-state.js';
import { useStore } from '../app/store.js';

type Kind = 'event' | 'action' | 'overlay' | 'telemetry';

/** Where each kind goes, and a body to begin with. */
const KINDS: Record<Kind, { path: BroadcastPath; body: object }> = {
  event: { path: '', body: { event_type: 'test_event', data: { message: 'Hello from the dashboard' } } },
  action: { path: '/action', body: { action: 'sit', confidence: 0.95, metadata: { duration_s: 5.2 } } },
  overlay: {
    path: '/overlay',
    body: {
      overlay_type: 'detection',
      data: { boxes: [{ x: 440, y: 330, w: 300, h: 240, label: 'dog', confidence: 0.95 }] },
    },
  },
  telemetry: { path: '/telemetry', body: { data: { fps: 30, latency_ms: 120, temperature: 45.5, battery: 85 } } },
};

const NAMES = Object.keys(KINDS) as Kind[];
const kindParameter = urlParameter<Kind>('send', 'event', oneOf(...NAMES));

type Outcome = { isGood: true; answer: Accepted } | { isGood: false; text: string; details: readonly string[] };

/** Sends one message of each kind, and shows what the hub says to it. */
export function SendForm() {
  const kind = useStore(kindParameter);
  const [bodies, setBodies] = useState<Partial<Record<Kind, string>>>({});
  const [outcome, setOutcome] = useState<Outcome>();
  const [isSending, setIsSending] = useState(false);
  const body = bodies[kind] ?? JSON.stringify(KINDS[kind].body, null, 2);

  const handleSubmit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setIsSending(true);
    setOutcome(await send(kind, body));
    setIsSending(false);
  };

  return (
    <form className="form send-form" aria-label="Send a message" onSubmit={(event) => void handleSubmit(event)}>
      <fieldset className="segments">
        <legend className="visually-hidden">Kind of message</legend>
        {NAMES.map((name) => (
          <label key={name}>
            <input
              type="radio"
              name="send-kind"
              checked={name === kind}
              onChange={() => {
                kindParameter.set(name);
                setOutcome(undefined);
              }}
            />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <label className="field">
        <span>{`Body of POST /api/events/broadcast${KINDS[kind].path}`}</span>
        <textarea
          rows={8}
          spellCheck={false}
          value={body}
          onChange={(event) => setBodies({ ...bodies, [kind]: event.target.value })}
        />
      </label>
      <div className="send-foot">
        <button type="submit" className="button accent" disabled={isSending}>
          {`Send ${kind}`}
        </button>
        <div className="outcome" role="status">
          {outcome && <OutcomeText outcome={outcome} />}
        </div>
      </div>
    </form>
  );
}

function OutcomeText({ outcome }: { outcome: Outcome }) {
  if (!outcome.isGood) {
    return (
      <div className="problem">
        <p>{outcome.text}</p>
        {outcome.details.length > 1 && (
          <ul>
            {outcome.details.map((detail) => (
              <li key={detail}>{detail}</li>
            ))}
          </ul>
        )}
      </div>
    );
  }

  const { connections, shared } = outcome.answer;

  return <p className="good">{`Accepted, for ${count(connections, 'client')}${shared ? '' : '; waits for Redis'}`}</p>;
}

async function send(kind: Kind, text: string): Promise<Outcome> {
  try {
    return { isGood: true, answer: await broadcast(KINDS[kind].path, text) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;

    return {
      isGood: false,
      text: `${error.message} (${error.code})`,
      details: error.errors.map(({ message }) => message),
    };
  }
}
