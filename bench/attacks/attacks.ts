// Every attack on what a hub holds for its clients, by name.
import type { Socket } from 'node:net';
import { type Attackers, frame, get, post, upgrade } from './attackers.js';

export interface Attack {
  name: string;
  /** What the attackers do, in a few words. */
  what: string;
  run(attackers: Attackers): void;
}

const PAGE = get('/api/events?limit=1000');
const BROADCAST = '/api/events/broadcast';
const NOTE = 'x'.repeat(3_500);

/** Many overlays, each of another source. */
function overlays(first: number, count: number, note = NOTE): string {
  const items = Array.from({ length: count }, (_, n) => ({
    type: 'overlay',
    overlay_type: 'zone',
    source: `camera-${first + n}`,
    data: { note },
  }));

  return post(`${BROADCAST}/batch`, JSON.stringify(items));
}

function events(count: number, note: string): string {
  const items = Array.from({ length: count }, () => ({ type: 'event', event_type: 'large', data: { note } }));

  return post(`${BROADCAST}/batch`, JSON.stringify(items));
}

/** Joins, and then reads nothing more: not the answer either. */
function joinUnread(socket: Socket, target: string): void {
  socket.pause();
  socket.write(upgrade(target));
}

/** One byte each time, and so never done within the time for one request. */
function trickle(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write(text[at++ % text.length] ?? 'x');
  }, 300);
  socket.once('close', () => clearInterval(timer));
  socket.resume();
}

export const ATTACKS: readonly Attack[] = [
  {
    name: 'pages',
    what: '20 connections, 150 pipelined GET of 1,000 messages on each, nothing read',
    run: (attackers) =>
      attackers.keep(20, (socket) => {
        socket.pause();
        socket.write(PAGE.repeat(150));
      }),
  },
  {
    name: 'answers',
    what: '300 answers of 6 MB that nobody reads',
    run: (attackers) => {
      attackers.keep(1, (socket) => {
        socket.resume();
        // More than the kernel takes for a socket.
        for (let times = 0; times < 40; times++) socket.write(events(25, 'x'.repeat(6_000)));
      });
      setTimeout(() => {
        attackers.keep(300, (socket) => {
          socket.pause();
          socket.write(PAGE);
        });
      }, 1_000);
    },
  },
  {
    name: 'pings',
    what: '4 WebSockets that send pings, of the protocol and in JSON, and read nothing',
    run: (attackers) =>
      attackers.keep(4, (socket, n) => {
        joinUnread(socket, '/ws/ui');
        const ping = n % 2 === 0 ? frame(0x89, Buffer.alloc(125)) : frame(0x81, '{"type":"ping"}');
        attackers.flood(socket, Buffer.concat(Array<Buffer>(50).fill(ping)));
      }),
  },
  {
    name: 'acks',
    what: '20 WebSockets that read nothing and claim to have handled 40 overlays of 50 KB a second, or more than there were',
    run: (attackers) => {
      attackers.keep(20, (socket, n) => {
        joinUnread(socket, '/ws/ui?acks=1');
        let received = 0;
        const timer = setInterval(() => {
          if (socket.destroyed) clearInterval(timer);
          else socket.write(frame(0x81, `{"type":"ack","data":{"received":${(received += n % 2 === 0 ? 1_000 : 1)}}}`));
        }, 25);
      });
      // More than the kernel takes for each of them.
      const large = overlays(0, 4, 'x'.repeat(50_000));
      attackers.keep(1, (socket) => {
        socket.resume();
        const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(large)), 100);
      });
    },
  },
  {
    name: 'fields',
    what: '4 connections that post a body of 30,000 unknown fields again and again',
    run: (attackers) => {
      const fields = Array.from({ length: 30_000 }, (_, n) => `"${n.toString(36)}":0`);
      const body = Buffer.from(post(BROADCAST, `{"event_type":"x","data":{},${fields.join()}}`));
      attackers.keep(4, (socket) => {
        socket.on('data', (chunk: Buffer) => chunk.includes('HTTP/1.1 ') && socket.write(body));
        socket.write(body);
      });
    },
  },
  {
    name: 'fragments',
    what: '1 WebSocket that sends fragments of one byte, and 1 that sends messages of one byte',
    run: (attackers) =>
      attackers.keep(2, (socket, n) => {
        socket.resume();
        socket.write(upgrade('/ws/ui?types=none'));
        const next = frame(n === 0 ? 0x00 : 0x81, '1');
        if (n === 0) socket.write(frame(0x01, '"'));
        attackers.flood(socket, Buffer.concat(Array<Buffer>(500).fill(next)));
      }),
  },
  {
    name: 'streams',
    what: '10 connections, 1,400 pipelined GET of the event stream on each',
    run: (attackers) =>
      attackers.keep(10, (socket) => {
        socket.pause();
        socket.write(get('/api/events/stream').repeat(1_400));
      }),
  },
  {
    name: 'snapshots',
    what: '600 WebSockets that ask for the snapshot of 900 sources of 3.5 KB, and read nothing',
    run: (attackers) => {
      attackers.keep(1, (socket) => {
        socket.resume();
        for (let first = 0; first < 900; first += 60) socket.write(overlays(first, 60));
      });
      setTimeout(() => attackers.keep(600, (socket) => joinUnread(socket, '/ws/ui?snapshot=1')), 500);
    },
  },
  {
    name: 'sources',
    what: '150 WebSockets that read nothing, and overlays of 28,000 sources',
    run: (attackers) => {
      attackers.keep(150, (socket) => joinUnread(socket, '/ws/ui'));
      let first = 0;
      attackers.keep(1, (socket) => {
        socket.resume();
        const timer = setInterval(() => {
          if (socket.destroyed || first >= 28_000) clearInterval(timer);
          else socket.write(overlays((first += 500), 500, 'x'));
        }, 100);
      });
    },
  },
  {
    name: 'frames',
    what: '100 WebSockets that send a frame over the limit in pieces, and come again',
    run: (attackers) =>
      attackers.keep(100, (socket) => {
        socket.resume();
        socket.write(upgrade('/ws/ui?types=none'));
        socket.write(frame(0x81, Buffer.alloc(1_000), 60_000));
        const timer = setInterval(
          () => (socket.destroyed ? clearInterval(timer) : socket.write(Buffer.alloc(1_000))),
          20,
        );
      }),
  },
  {
    name: 'trickle',
    what: '500 connections with a byte of a head, or of a body, every 300 ms',
    run: (attackers) =>
      attackers.keep(500, (socket, n) => {
        if (n % 2 === 0) return trickle(socket, 'GET / HTTP/1.1\r\nX-Long: ');
        socket.write(post(BROADCAST, 'x'.repeat(10_000)).slice(0, -9_999));
        trickle(socket, 'x');
      }),
  },
  {
    name: 'connects',
    what: '2,000 connections that say nothing, and 200 that come and go',
    run: (attackers) => {
      attackers.keep(2_000, (socket) => void socket.resume());
      attackers.keep(200, (socket) => void socket.end());
    },
  },
  {
    name: 'upgrades',
    what: '200 WebSockets that come and go, and 1,000 that come and stay unread',
    run: (attackers) => {
      attackers.keep(200, (socket) => void socket.end(upgrade('/ws/ui')));
      attackers.keep(1_000, (socket) => joinUnread(socket, '/ws/ui?recent=10'));
    },
  },
];
