// Bundles each src/**/*.test.ts (Node 18 cannot read TypeScript) and runs them with Node's own test runner.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const source = fileURLToPath(new URL('src', import.meta.url));
const find = (folder) =>
  readdirSync(folder, {withFileTypes: true}).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? find(path) : path.endsWith('.test.ts') ? [path] : [];
  });
const outdir = mkdtempSync(join(tmpdir(), 'wayside-console-'));
try {
  const entries = Object.fromEntries(
    find(source).map((path) => [relative(source, path).replace(/\.ts$/, '').replaceAll('/', '.'), path]),
  );
  await build({
    entryPoints: entries,
    outdir,
    bundle: true,
    platform: 'node',
    jsx: 'automatic',
    format: 'esm',
    outExtension: {'.js': '.mjs'},
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const files = readdirSync(outdir).map((name) => join(outdir, name));
  process.exitCode =
    spawnSync(process.execPath, ['--enable-source-maps', '--test', ...files], {stdio: 'inherit'}).status ?? 1;
} finally {
  rmSync(outdir, {recursive: true});
}
