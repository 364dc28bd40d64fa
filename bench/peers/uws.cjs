// µWebSockets.js with its own publish. The package is a copy on npm of the original, which is not published there.
const uws = require('@trufflesuite/uws-js-unofficial');

const app = uws
  .App()
  .ws('/ws/ui', { open: (socket) => socket.subscribe('events') })
  .post('/api/events/broadcast', (response) => {
    const chunks = [];
    response.onAborted(() => undefined);
    response.onData((chunk, isLast) => {
      // The memory of a chunk is only lent.
      chunks.push(Buffer.from(chunk.slice(0)));
      if (!isLast) return;

      const { event_type, data } = JSON.parse(Buffer.concat(chunks).toString());
      app.publish('events', JSON.stringify({ type: 'event', event_type, data }));
      response.cork(() => response.writeStatus('202 Accepted').end('{"ok":true}'));
    });
  });

app.listen('127.0.0.1', Number(process.env.PORT), () => undefined);
