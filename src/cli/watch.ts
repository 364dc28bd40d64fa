import { WebSocket } from 'ws';
import { printable } from '../protocol/printable.js';
import { DEFAULT_URL, parseHubUrl } from './hub-url.js';
import { type Command, parseOptions } from './options.js';
import { backoffMs, pause, stopSignal } from './pause.js';
import { MessagePrinter } from './message-printer.js';

const HELP = `Usage: dogmonitor-hub watch [options]

Prints what the hub broadcasts, a line a message, until Ctrl-C. It connects again by itself.

Options:
      --url URL     the hub (default ${DEFAULT_URL})
      --type LIST   only these types, such as event,telemetry
      --json        the messages as they came, one JSON a line, and nothing else on stdout
  -h, --help        show this help
`;

const CONNECT_TIMEOUT_MS = 10_000;
/** How long the hub may take to answer a close, in ms. */
const CLOSE_GRACE_MS = 500;

export const watch: Command = {
  help: HELP,
  async run(args) {
    const { values } = parseOptions(args, {
      url: { type: 'string', default: DEFAULT_URL },
      type: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
    });
    const { webSocket, name } = parseHubUrl(values.url);
    const types = values.type.flatMap((list) => list.split(',').map((type) => type.trim())).filter(Boolean);
    const printer = new MessagePrinter(process.stdout, { types, isRaw: values.json });

    const stop = stopSignal();
    for (let failures = 1; !stop.aborted; failures++) {
      const end = await follow(webSocket, stop, (text) => {
        if (failures > 0) console.error(`connected to ${name}; Ctrl-C ends it`);
        failures = 0;
        printer.print(text);
      });
      if (stop.aborted) break;

      const waitMs = backoffMs(Math.max(1, failures));
      console.error(`${failures === 0 ? 'lost' : 'no hub at'} ${name} (${end}); next try in ${waitMs.toFixed(0)} ms`);
      await pause(waitMs, stop);
    }

    return 0;
  },
};

/** Listens until the connection ends; gives the reason. */
function follow(url: string, stop: AbortSignal, onText: (text: string) => void): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { handshakeTimeout: CONNECT_TIMEOUT_MS, perMessageDeflate: false });
    let problem = '';
    const leave = (): void => {
      socket.close(1000);
      setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
    };

    stop.addEventListener('abort', leave, { once: true });
    socket.on('message', (data: Buffer) => onText(data.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => (problem = error.message || (error.code ?? 'no connection')));
    socket.on('close', (code, reason) => {
      stop.removeEventListener('abort', leave);
      resolve(printable(problem || `${code} ${reason.toString()}`.trim()));
    });
  });
}
