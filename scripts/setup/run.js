'use strict';
// Programs that set-up runs, which end with it.
const { spawn, spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.resolve(__dirname, '..', '..');
const children = new Set();

class SetupError extends Error {}

/** Output of a program. @throws SetupError with the end of it where the program fails */
async function run(command, args, env = process.env) {
  // In a group of its own: pip and npm have children that would outlive them.
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  children.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const status = await new Promise((resolve) => child.on('error', resolve).on('close', resolve));
  children.delete(child);
  if (status !== 0) {
    const reason = status instanceof Error ? status.message : output.split('\n').slice(-25).join('\n');
    throw new SetupError(`${[command, ...args].join(' ')} failed:\n${reason}`);
  }
  return output;
}

/** Ends what runs, and has Ctrl-C and SIGTERM do so. */
function endChildren() {
  for (const { pid } of children)
    try {
      process.kill(-pid, 'SIGTERM');
    } catch {
      // It has ended.
    }
}

function endOnSignals() {
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }))
    process.on(signal, () => {
      endChildren();
      process.exit(code);
    });
}

/** The version that a tool prints, as [major, minor]; undefined where the tool is missing. */
function version(command, args, pattern) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  const match = result.error ? undefined : pattern.exec(`${result.stdout}${result.stderr}`);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

module.exports = { root, run, endChildren, endOnSignals, version, SetupError };
