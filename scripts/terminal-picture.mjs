// node scripts/terminal-picture.mjs: runs a real hub, `watch` and `replay`, each in a terminal of its own, and draws what
// they printed as docs/terminal.svg. Needs `script` of util-linux for the terminals.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildIfStale } from './build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const TRACE = 'test/fixtures/dog-fetch.jsonl';
const COLUMNS = 107;
// In pixels; each piece of text is stretched to its columns, so that any monospaced font lines up.
const CELL = { width: 8.4, height: 20 };
const MARGIN = 20;
const TITLE_HEIGHT = 38;
const PANE_GAP = 26;
const FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";
// Read well on GitHub's dark page and on its light one.
const PAPER = { background: '#161b22', bar: '#21262d', line: '#30363d', text: '#d1d9e0', dim: '#8b949e' };
/** @type {Record<string, string>} */
const ANSI = { 31: '#ff7b72', 32: '#7ee787', 33: '#f2cc60', 34: '#79c0ff', 35: '#d2a8ff', 36: '#76e3ea' };
/** @type {Record<string, string | undefined>} */
const PALETTE = { '38;5;3': ANSI[33] };

/**
 * A piece of text of one colour, at a column.
 * @typedef {{ column: number, fill: string, text: string }} Piece
 */

/** Runs a command in a terminal. @param {string[]} args @param {Record<string, string>} environment */
function startInTerminal(args, environment = {}) {
  const command = `stty cols ${COLUMNS} rows 50 -echo; exec ${[process.execPath, 'scripts/run.mjs', ...args].join(' ')}`;
  const { NO_COLOR: _, ...env } = process.env;
  const child = spawn('script', ['-qfec', command, '/dev/null'], { cwd: root, env: { ...env, ...environment } });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.pipe(process.stderr);
  process.once('exit', () => child.kill());
  const ended = once(child, 'close');

  return {
    ended,
    lines: () => linesOf(output),
    /** @param {RegExp} pattern */
    async printed(pattern) {
      while (!pattern.test(output)) {
        await Promise.race([once(child.stdout, 'data'), ended.then(() => Promise.reject(new Error(output)))]);
      }
      return pattern.exec(output) ?? [];
    },
    async pressCtrlC() {
      child.stdin.write('\x03');
      await ended;
    },
  };
}

/** What stays on the screen: a line that is cleared and drawn anew counts as it was drawn last. @param {string} output */
function linesOf(output) {
  const lines = output.split(/\r?\n/).map((line) => line.split('\r\x1b[2K').at(-1) ?? '');

  return lines.filter((line) => line !== '' && line !== '^C');
}

async function record() {
  const hub = startInTerminal(['main.js'], { PORT: '0' });
  const [, port = ''] = await hub.printed(/ws:\/\/localhost:(\d+)/);
  await hub.printed(/health[^\n]+\n/);
  const url = ['--url', `http://localhost:${port}`];

  const watch = startInTerminal(['cli/main.js', 'watch', ...url]);
  await watch.printed(/connection_id/);
  const replay = startInTerminal(['cli/main.js', 'replay', TRACE, ...url]);
  await replay.ended;
  await watch.printed(/clip_saved/);
  await watch.pressCtrlC();
  const started = hub.lines();
  await hub.pressCtrlC();

  // The commands are shown as one types them, so the port is shown as it then is.
  const shown = (/** @type {string[]} */ lines) => lines.map((line) => line.replaceAll(port, '8000'));
  return [
    { command: 'npm start', lines: shown(started.slice(0, 4)) },
    { command: 'npm run watch', lines: excerpt(shown(watch.lines())) },
    { command: `npm run replay -- ${TRACE}`, lines: shown(replay.lines()) },
  ];
}

/** How it begins, and how the dog brings the ball. @param {string[]} lines */
function excerpt(lines) {
  const fetched = lines.findIndex((line) => line.includes('fetch_return'));

  return [...lines.slice(0, 13), '\x1b[2m  ⋮\x1b[22m', ...lines.slice(fetched - 3, fetched + 2)];
}

/** Cuts a line into pieces of one colour each. @param {string} line */
function piecesOf(line) {
  /** @type {Piece[]} */
  const pieces = [];
  let fill = PAPER.text;
  let column = 0;

  for (const [, code = '', text] of line.matchAll(/\x1b\[([\d;]*)m|([^\x1b]+)/g)) {
    if (text === undefined) {
      fill = code === '2' ? PAPER.dim : (PALETTE[code] ?? ANSI[code] ?? PAPER.text);
      continue;
    }
    const room = text.slice(0, COLUMNS - column);
    if (room.trim() !== '') pieces.push({ column: column + room.search(/\S/), fill, text: room.trim() });
    column += text.length;
  }

  return pieces;
}

/** @param {{ command: string, lines: string[] }[]} panes */
function draw(panes) {
  const width = 2 * MARGIN + COLUMNS * CELL.width;
  let y = TITLE_HEIGHT + MARGIN + 6;
  const body = [];

  for (const [index, { command, lines }] of panes.entries()) {
    if (index > 0) {
      body.push(`<path d="M0 ${y - 6}H${width}" stroke="${PAPER.line}"/>`);
      y += PANE_GAP - 6;
    }
    for (const line of [`\x1b[32m$\x1b[39m ${command}`, ...lines]) {
      for (const piece of piecesOf(line)) body.push(textAt(piece, y));
      y += CELL.height;
    }
  }

  return frame(width, y + 4, body.join('\n'));
}

/** @param {Piece} piece @param {number} y */
function textAt({ column, fill, text }, y) {
  const x = (MARGIN + column * CELL.width).toFixed(1);
  const length = (text.length * CELL.width).toFixed(1);

  return `<text x="${x}" y="${y}" fill="${fill}" textLength="${length}" xml:space="preserve">${escapeXml(text)}</text>`;
}

/** @param {number} width @param {number} height @param {string} body */
function frame(width, height, body) {
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, i) => `<circle cx="${22 + 20 * i}" cy="19" r="6" fill="${fill}"/>`,
  );

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
<title id="title">The hub in a terminal: it starts, a watcher prints each message as a line, a recorded trace is replayed</title>
<clipPath id="window"><rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10"/></clipPath>
<g clip-path="url(#window)">
<rect width="${width}" height="${height}" fill="${PAPER.background}"/>
<rect width="${width}" height="${TITLE_HEIGHT}" fill="${PAPER.bar}"/>
${dots.join('')}
<text x="${width / 2}" y="24" fill="${PAPER.dim}" font-family="${FONT}" font-size="13" text-anchor="middle">dogmonitor-hub</text>
<g font-family="${FONT}" font-size="14">
${body}
</g>
</g>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="none" stroke="${PAPER.line}"/>
</svg>
`;
}

/** @param {string} text */
function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

buildIfStale();
writeFileSync(new URL('../docs/terminal.svg', import.meta.url), draw(await record()));
