'use strict';
// Runs steps, those that do not need each other side by side, and none whose result is current.
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { endChildren, root } = require('./run');

const build = path.join(root, 'build');

/** Written whole: a set-up that is killed leaves the old file or the new one. */
function writeStamps(file, stamps) {
  fs.writeFileSync(`${file}.${process.pid}`, JSON.stringify(stamps, null, 2));
  fs.renameSync(`${file}.${process.pid}`, file);
}

const readStamps = (file) => (fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {});

/** What a step is made from. */
function stampOf({ inputs, settings = '' }) {
  const hash = crypto.createHash('sha256').update(settings);
  inputs.forEach((input) => hash.update(fs.readFileSync(path.join(root, input))));
  return hash.digest('hex');
}

/** A step's result counts once its stamp is written, which is after all of its work. */
function isCurrent(step, folder) {
  if (step.isCurrent) return step.isCurrent();
  const stamp = readStamps(path.join(folder, 'setup.json'))[step.name];
  return stamp === stampOf(step) && fs.existsSync(path.join(root, step.output));
}

async function install(step, folder) {
  const file = path.join(folder, 'setup.json');
  writeStamps(file, { ...readStamps(file), [step.name]: undefined });
  const started = Date.now();
  await step.install();
  writeStamps(file, { ...readStamps(file), [step.name]: stampOf(step) });
  console.log(`Set up ${step.name}: ${Math.round((Date.now() - started) / 1000)} s`);
}

/** Waits while another set-up works in this folder; answers what gives it free. */
async function lock(folder) {
  const file = path.join(folder, 'setup.lock');
  for (let hasSaid = false; ; await sleep(200)) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
      process.on('exit', () => fs.rmSync(file, { force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const pid = Number(fs.existsSync(file) && fs.readFileSync(file, 'utf8'));
    if (pid > 0 && !isAlive(pid)) fs.rmSync(file, { force: true });
    else if (!hasSaid) console.log(`Waiting for another set-up (process ${pid}, ${file})`);
    hasSaid = true;
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Runs those of the steps, {id: {name, inputs, output, after, install}}, that are not current, each after those it names. */
async function runSteps(steps, folder = build) {
  const stale = () => Object.entries(steps).filter(([, step]) => !isCurrent(step, folder));
  if (!stale().length) return;
  fs.mkdirSync(folder, { recursive: true });
  await lock(folder);
  const todo = stale();
  const started = Date.now();
  console.log(`Setting up ${todo.map(([, { name }]) => name).join(', ')}`);
  const running = {};
  // Steps are listed after those that they need.
  for (const [id, step] of todo) {
    const before = Promise.all((step.after ?? []).map((other) => running[other]));
    running[id] = before.then(() => install(step, folder));
  }
  try {
    await Promise.all(Object.values(running));
  } catch (error) {
    endChildren();
    throw error;
  }
  console.log(`Set up in ${Math.round((Date.now() - started) / 1000)} s`);
}

module.exports = { runSteps };
