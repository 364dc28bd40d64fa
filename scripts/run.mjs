// node scripts/run.mjs FILE [ARGUMENT...]: runs FILE of dist/ in this process, after a build where one is needed.
import { join } from 'node:path';
import { buildIfStale } from './build.mjs';

const [file = 'main.js', ...rest] = process.argv.slice(2);
const url = new URL(join('../dist/', file), import.meta.url);

buildIfStale();
process.argv.splice(1, process.argv.length, url.pathname, ...rest);
await import(url.href);
