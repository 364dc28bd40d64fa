import { bytes, duration, number } from '../app/format.js';
import { hub } from '../app/hub.js';
import { useStore } from '../app/store.js';
import { hubStatus, type ConnectionRow } from './hub-status.js';

/** More are counted, and not listed: a hub may have thousands. */
const MAX_ROWS = 50;

const COLUMNS: readonly [title: string, value: (row: ConnectionRow) => string, isNumber?: boolean][] = [
  ['client', ({ id }) => id.slice(0, 8)],
  ['since', ({ connected_at: at }) => duration(Date.now() - Date.parse(at)), true],
  ['sent', ({ sent }) => number(sent), true],
  ['conflated', ({ conflated }) => number(conflated), true],
  ['buffered', ({ buffered }) => bytes(buffered), true],
  ['unread', ({ unread }) => (unread === undefined ? '–' : bytes(unread)), true],
  ['rate', ({ delivery_rate: rate }) => (rate === undefined ? '–' : `${bytes(rate)}/s`), true],
  ['round trip', ({ round_trip_ms: ms }) => (ms === undefined ? '–' : `${number(ms, 1)} ms`), true],
];

/** How each connection of this instance is doing. */
export function ConnectionTable() {
  const status = useStore(hubStatus);
  if (status.name !== 'known') return null;

  const rows = status.rows.slice(0, MAX_ROWS);
  const more = status.rows.length - rows.length;

  return (
    <div className="table-box" role="region" aria-label="Connections" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {COLUMNS.map(([title, , isNumber]) => (
              <th key={title} scope="col" className={isNumber ? 'number' : undefined}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} data-self={row.id === hub.connectionId}>
              {COLUMNS.map(([title, value, isNumber]) => (
                <td key={title} data-title={title} className={isNumber ? 'number' : undefined}>
                  {value(row)}
                  {title === 'client' && <Whence row={row} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p className="quiet">{`and ${number(more)} more`}</p>}
    </div>
  );
}

function Whence({ row }: { row: ConnectionRow }) {
  const address = row.remote_address.replace(/^::ffff:/, '');

  return (
    <span className="whence">
      {row.id === hub.connectionId ? <span className="tag">this page</span> : address}
      {row.transport !== 'websocket' && ` by ${row.transport}`}
    </span>
  );
}
