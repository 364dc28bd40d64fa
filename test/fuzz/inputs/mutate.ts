import { type Random } from './random.js';
import { nastyText, number, value } from './values.js';

/** Changes some fields of an object: other values, fewer, more, or other names. Deep fields too. */
export function mutateFields(random: Random, original: object): Record<string, unknown> {
  const entries = Object.entries(original as Record<string, unknown>);

  for (let times = random.between(1, 3); times > 0; times--) {
    const at = random.below(entries.length + 1);
    const [key, old] = entries[at] ?? [nastyText(random), undefined];
    const isNested = typeof old === 'object' && old !== null && !Array.isArray(old);

    switch (random.weighted({ replace: 5, nested: isNested ? 6 : 0, remove: 2, add: 3, rename: 1 })) {
      case 'replace':
        entries[at] = [key, value(random)];
        break;
      case 'nested':
        entries[at] = [key, mutateFields(random, old as object)];
        break;
      case 'remove':
        entries.splice(at, 1);
        break;
      case 'add':
        entries.push([random.chance(0.5) ? nastyText(random) : random.pick(FIELDS), value(random)]);
        break;
      case 'rename':
        entries[at] = [nastyText(random), old];
        break;
    }
  }

  return Object.fromEntries(entries);
}

/** Names that mean something somewhere. */
const FIELDS = [
  ...[
    'type',
    'event_type',
    'overlay_type',
    'source',
    'data',
    'id',
    'offset',
    'prev',
    'log',
    'origin',
    'at',
    'age_ms',
    'epoch',
  ],
  ...[
    'action',
    'confidence',
    'metadata',
    'timestamp',
    'boxes',
    'received',
    'to',
    'message',
    'pattern',
    'heardByAll',
    'json',
  ],
];

/** What a serializer never writes, and some sender does. */
export function mutateText(random: Random, json: string): string {
  switch (random.weighted({ twice: 3, number: 3, cut: 2, bom: 1, deep: 1, blank: 1, tail: 1, comment: 1, single: 1 })) {
    case 'twice':
      return json.replace('{', `{${JSON.stringify(random.pick(FIELDS))}:${JSON.stringify(value(random))},`);
    case 'number':
      return json.replace(/(?<=[:[,])-?\d[\d.e+-]*/i, () => number(random));
    case 'cut':
      return json.slice(0, random.below(json.length + 1));
    case 'bom':
      return `\ufeff${json}`;
    case 'deep':
      return json.replace(/\{\}|\[\]|null|\d/, () => nest(random));
    case 'blank':
      return json.replace(/[:,{]/g, (sign) => `${sign}${random.pick([' ', '\n', '\t', '\r\n', '\u00a0'])}`);
    case 'tail':
      return json + random.pick([' ', '\n', '\0', '}', json, ',', '//']);
    case 'comment':
      return json.replace(',', ',/* */');
    case 'single':
      return json.replaceAll('"', "'");
  }
}

function nest(random: Random): string {
  const levels = random.chance(0.1) ? 20_000 : random.between(2, 60);
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const);

  return `${open.repeat(levels)}0${close.repeat(levels)}`;
}

/** Flips, drops, repeats and inserts bytes. */
export function mutateBytes(random: Random, original: Buffer): Buffer {
  const bytes = [...original];

  for (let times = random.between(1, 4); times > 0; times--) {
    const at = random.below(bytes.length + 1);
    switch (random.weighted({ flip: 4, drop: 2, insert: 3, repeat: 1, cut: 1 })) {
      case 'flip':
        if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
        break;
      case 'drop':
        bytes.splice(at, random.between(1, 4));
        break;
      case 'insert':
        bytes.splice(at, 0, random.pick([0, 9, 10, 13, 32, 34, 0x7f, 0x80, 0xc0, 0xed, 0xf5, 0xff, random.below(256)]));
        break;
      case 'repeat':
        bytes.splice(at, 0, ...bytes.slice(at, at + random.between(1, 16)));
        break;
      case 'cut':
        bytes.length = at;
        break;
    }
  }

  return Buffer.from(bytes);
}
