import { httpInput } from './http.js';
import { Random } from './random.js';
import { channelInput, type Command, hashInput, patternInput, streamInput } from './redis.js';
import { frameInput, upgradeInput } from './sockets.js';

/** How many of a hundred inputs are of a class. The bulk is cheap, so that a million of them is practical. */
const WEIGHTS = { http: 22, upgrade: 4, frame: 40, channel: 22, pattern: 8, stream: 0.6, hash: 0.4 } as const;
export type InputClass = keyof typeof WEIGHTS;
export const INPUT_CLASSES = Object.keys(WEIGHTS) as InputClass[];

/** Those that go through Redis; the others go to one hub. */
const OF_REDIS: ReadonlySet<InputClass> = new Set(['channel', 'pattern', 'stream', 'hash']);

export interface WireInput {
  index: number;
  class: 'http' | 'upgrade' | 'frame';
  /** From 0 to 1: which hub it goes to. */
  hub: number;
  bytes: Buffer;
  ends: boolean;
}

export interface RedisInput {
  index: number;
  class: 'channel' | 'pattern' | 'stream' | 'hash';
  command: Command;
}

export type Input = WireInput | RedisInput;

/** The input of this seed and number, always the same. `classes`: those that are wanted, all others are left out. */
export function inputAt(seed: number, index: number, classes: readonly InputClass[] = INPUT_CLASSES): Input {
  const random = Random.at(seed, index);
  const weights = Object.fromEntries(classes.map((name) => [name, WEIGHTS[name]])) as Record<InputClass, number>;
  const chosen = random.weighted(weights);
  const hub = random.below(1_000) / 1_000;

  switch (chosen) {
    case 'http':
      return { index, class: chosen, hub, ...httpInput(random) };
    case 'upgrade':
      return { index, class: chosen, hub, ...upgradeInput(random) };
    case 'frame':
      return { index, class: chosen, hub, ...frameInput(random) };
    case 'channel':
      return { index, class: chosen, command: channelInput(random) };
    case 'pattern':
      return { index, class: chosen, command: patternInput(random) };
    case 'stream':
      return { index, class: chosen, command: streamInput(random) };
    case 'hash':
      return { index, class: chosen, command: hashInput(random) };
  }
}

export function isOfRedis(input: Input): input is RedisInput {
  return OF_REDIS.has(input.class);
}

/** As a line that can be read, and typed into a shell with `printf`. */
export function describeInput(input: Input, maxLength = 400): string {
  const text = isOfRedis(input)
    ? input.command.map((part) => escapeBytes(Buffer.from(part))).join(' ')
    : escapeBytes(input.bytes);
  const shown = text.length > maxLength ? `${text.slice(0, maxLength)}… (${text.length} characters)` : text;

  return `input ${input.index}, ${input.class}: ${shown}`;
}

export function escapeBytes(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[^ -~]|\\/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
