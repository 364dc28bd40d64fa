import { ConfigError, environmentSchema, HubConfig, type HostPort, loadHubConfig } from './hub-config.js';

/** What the process around the hub decides where the hub is embedded: its listener and its logger. */
type OfTheProcess = 'host' | 'port' | 'logLevel' | 'logFormat';

/** The settings of an embedded hub. Each has the meaning, bounds and default of its key in `.env.example`. */
export type HubOptions = { -readonly [K in Exclude<keyof HubConfig, OfTheProcess>]?: HubConfig[K] };

/**
 * Checks options by the rules of the environment; nothing is read from the environment itself.
 * @throws ConfigError that names every option that is none, or breaks its rule
 */
export function hubConfigFrom(options: HubOptions): HubConfig {
  if (options instanceof HubConfig) return options;
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const unknown = given.filter(([name]) => !(keyOf(name) in environmentSchema.shape));
  if (unknown.length > 0) throw new ConfigError(unknown.map(([name]) => `${name} is not an option of the hub`));

  try {
    return loadHubConfig(Object.fromEntries(given.map(([name, value]) => [keyOf(name), textOf(value)])));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.problems.map((problem) => problem.replace(/^[A-Z_]+/, optionOf)));
  }
}

function textOf(value: string | number | boolean | readonly (HostPort | string)[]): string {
  if (typeof value !== 'object') return String(value);

  return value
    .map((item) => (typeof item === 'string' ? item : `${item.host}:${item.port}`))
    .join(isNames(value) ? ' ' : ',');
}

function isNames(list: readonly (HostPort | string)[]): boolean {
  return list.every((item) => typeof item === 'string');
}

function keyOf(option: string): string {
  return option.replace(/[A-Z]/g, '_$&').toUpperCase();
}

function optionOf(key: string): string {
  return key.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
