import {readFileSync} from 'node:fs';
import {defineConfig, type Plugin} from 'vite';

/** The licence texts of what is bundled travel with it, as their terms ask. */
function licences(packages: string[]): Plugin {
  return {
    name: 'licences',
    apply: 'build',
    generateBundle() {
      const source = packages
        .map((name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8').trim()}\n`)
        .join('\n----\n\n');
      this.emitFile({type: 'asset', fileName: 'licences.txt', source});
    },
  };
}

export default defineConfig({
  esbuild: {jsx: 'automatic', legalComments: 'none'},
  build: {target: 'es2021', assetsInlineLimit: 0, modulePreload: {polyfill: false}, reportCompressedSize: true},
  server: {proxy: {'/api': process.env.WAYSIDE_URL ?? 'http://127.0.0.1:8080'}},
  plugins: [licences(['react', 'react-dom', 'scheduler', 'uplot', '@fontsource/ibm-plex-sans-condensed'])],
});
