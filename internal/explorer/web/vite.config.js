import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

// The program embeds dist, so files are kept there compressed only; the file that keeps the folder in git stays.
const compressed = {
  name: 'compressed',
  buildStart() {
    for (const name of readdirSync(dist)) {
      if (name !== '.gitignore') rmSync(join(dist, name), { recursive: true });
    }
  },
  closeBundle() {
    for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name === '.gitignore') continue;
      const file = join(entry.parentPath, entry.name);
      writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
      rmSync(file);
    }
  },
};

export default defineConfig({
  base: '/explorer/',
  plugins: [compressed],
  worker: { format: 'es' },
  build: {
    outDir: dist,
    emptyOutDir: false,
    target: 'es2022',
    modulePreload: false,
    // The licences of what is bundled travel with it, in the program.
    license: true,
    // Fonts as files: the browser then fetches only those it needs.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      // Libraries mark files "use client" for servers that render React; there is none here.
      onLog(level, log, handle) {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
});
